"""Files of rows, read and written in pieces: the memory that they take does not grow with them.

values        Row, Table, and what a source and a target are
cells         a cell of a CSV file as the JSON value that its column takes
delimited     CSV
lines         JSON Lines
parquet       Parquet
named         columns of predictions: their names, and an answer's values in them
files         opening both; a target has its name only once it is complete
"""
