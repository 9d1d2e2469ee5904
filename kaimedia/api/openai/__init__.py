"""The parts of OpenAI's API that make images, so that programs written for it work by changing their base URL."""
