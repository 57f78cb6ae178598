"""What to commit to: exact search over commitments, and what follows from them.

Pure: no files, no databases, no clock. Callers bring usage, prices and the time, so that a
recommendation can be computed again from what it was made of.

Inside it is numpy, in double precision: 10 million hours and lines are summed in seconds, and the
error is below a millionth of a cent. Figures leave as `Decimal`.
"""
