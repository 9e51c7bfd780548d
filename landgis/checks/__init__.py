"""Checks: mapped area against the plan, parcels against their records, rules against both."""
