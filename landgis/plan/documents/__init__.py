"""Documents (文件): txt, docx, pdf, html, xlsx and xls become blocks of text and tables."""
