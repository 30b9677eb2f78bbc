module seedbed

go 1.25.0
