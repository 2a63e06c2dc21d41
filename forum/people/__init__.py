"""Who people are: ministries, accounts and roles, sign-in."""
