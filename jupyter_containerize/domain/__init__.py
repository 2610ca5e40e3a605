"""The words of the product: frozen values with no behaviour beyond parse and print.

Every room speaks in these values and none of them imports a room. The glossary
in ``docs/glossary.md`` says what each word means and which words to keep apart.
"""
