"""The front door of documents on record: designations, licences, appraisals, secrecy, export papers."""
