"""The kit of a gathering as a PDF to print: invitation, ground rules, agenda, idea slips and vote sheets."""
