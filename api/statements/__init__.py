"""A party's account statements."""
