"""Orders of continuous two-sided books: placed, amended, cancelled, looked up."""
