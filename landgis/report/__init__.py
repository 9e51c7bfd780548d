"""Reports (报告): HTML to read, XLSX as bureaus publish, DOCX to sign."""
