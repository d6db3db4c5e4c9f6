"""The public pages: what everybody may see, rendered here, in Simplified Chinese and English."""
