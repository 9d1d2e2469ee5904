"""The parts of the pages: widgets, components, texts. The only package that imports Streamlit."""
