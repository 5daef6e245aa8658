"""The search over articles: an index of word stems in tables of the project's own, so that both databases
find the same in the same order.

words      text to words, words to stems, and which words are one slip of the finger apart; pure
passages   a rendered article to the parts that can be found; pure
indexing   an article into the index or out of it
finding    a query to ranked articles with their best passages
"""
