"""What an election is: areas, contests, forms, rules, records. Pure; whoever imports it does the I/O."""
