echo '# Opening hours'
echo
echo 'Monday to Friday, nine to five.'
