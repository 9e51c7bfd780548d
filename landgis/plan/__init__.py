"""Plan documents (计划文件): read into tables, and audited against themselves."""
