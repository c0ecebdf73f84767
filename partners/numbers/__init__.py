"""Numbers of the square: `/stats/`, its files and `/api/v1/statistics`.

The way of a number is the way of the files: a trigger notes which posts to count again, `counting`
keeps the roll-ups (`facts` says as what a post counts), `visitors` counts views without knowing
who looks, `publishing` makes of the roll-ups one document without small numbers (`suppression`),
`drawing` its pictures. The page, the files and the API read that document alone.
"""
