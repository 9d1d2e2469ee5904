"""The pages' parts: widgets, components, words. The only package that imports Streamlit."""
