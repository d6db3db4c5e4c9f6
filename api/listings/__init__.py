"""Listings: submission, approval, registration of bidders, the book, acceptances of a posted price."""
