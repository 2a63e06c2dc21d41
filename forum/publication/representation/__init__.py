"""Who takes part in a campaign, by age and region, beside the population: counted daily, small groups hidden."""
