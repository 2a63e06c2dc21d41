"""The clocks of all referrals: who is late, who was in time, and the job that reminds and lets no clock stand still."""
