"""Terms of deals and the contract text that is made from them."""
