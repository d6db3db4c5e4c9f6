"""Import of rights from files: CSV, .xlsx, USPTO XML and JSON lines in, checked records and refused rows out.

`read.read` chooses the format. Each format module yields raw rows; `rights_row` alone turns a raw row into a
right, so that one rule gives one refusal whatever the file was. Nothing here writes anywhere or asks a
service.
"""
