"""The lists that a calculation would choose from members' and citizens' votes, beside what the council chose."""
