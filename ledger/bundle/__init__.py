"""The deal bundle: all that a court needs of one deal in one file, and the means to check it without the venue.

Pure: what was read goes in, bytes come out. `ipx_verify.py` and `verify.html` import nothing of this house.
"""
