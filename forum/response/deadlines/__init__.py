"""Response clocks of all referrals: answers in time and late, reminders, and the public rules."""
