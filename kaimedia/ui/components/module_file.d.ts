// Generated for each component by Python: `component_files.offer`.
export const FOLDER: string // relative to the page's base URL, with a slash at the end
export const FILE: string // in FOLDER
