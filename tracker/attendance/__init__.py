"""Who was there when a cohort met."""
