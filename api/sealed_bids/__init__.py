"""The front door of sealed bids and tenders: sealing, opening, scoring, and the set as it stood at the close."""
