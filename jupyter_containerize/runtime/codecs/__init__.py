"""What a body may be written in beside JSON, chosen by its content type; and an answer, by what the caller accepts.

    kinds      media types: their names, what each is read and written by
    tables     what a body gives: rows, or values by parameter name; and an answer as columns
    inflating  compressed bodies
    delimited, lines, arrow, arrays, forms     CSV, JSON Lines, Arrow and Parquet, npy and npz, files and forms

Every reader gives JSON values, and those go the way of all requests: one check for all of them. A module here is
imported with the first request that needs it; numpy and pyarrow only if the user's image has them.
"""
