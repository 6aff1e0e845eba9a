# Start-up: SHELL -c :, this many times, started by a C program.
# times: 600
:
