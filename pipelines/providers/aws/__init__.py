"""AWS bills: legacy CUR, CUR 2.0 and FOCUS exports, from S3 or a folder of the same layout."""
