"""Letters to ministries: referrals, answers, delivery, deadlines and certificates."""
