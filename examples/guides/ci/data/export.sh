# Stands for whatever makes the file: a query, a build, a download.
echo '{"item":{"question":"7 * 8","answer":"56"}}'
echo '{"item":{"question":"144 / 12","answer":"12"}}'
