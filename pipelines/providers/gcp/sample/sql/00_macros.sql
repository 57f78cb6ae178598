-- One credit of a row: what it takes off, in whole millionths.
create or replace temp macro discount(title, kind, amount) as {
    'name': title,
    'amount': -round(amount, 6)::decimal(28, 6),
    'full_name': title,
    'id': lower(replace(title, ' ', '-')),
    'type': kind
};
