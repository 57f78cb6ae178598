"""Files for finance: one report, written as a workbook or as text."""
