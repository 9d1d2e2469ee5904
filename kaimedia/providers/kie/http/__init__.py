"""How kie.ai is reached: connections, deadlines, pacing, retries."""
