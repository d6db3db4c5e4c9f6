"""Rights: their numbers, their facts and their timeline."""
