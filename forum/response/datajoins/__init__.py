"""How few rows of a file are alike for somebody who has another dataset's file too: measured, and warned of."""
