"""The front door of disputes, freezes, pledges, and of what stands over a right at a moment."""
