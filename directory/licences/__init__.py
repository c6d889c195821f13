"""Hold the rules of electronic licences (电子证照): what they are, who issues and ends them, and what of them is disclosed to whom."""
