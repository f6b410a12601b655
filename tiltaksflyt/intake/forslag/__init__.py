"""`tiltaksflyt profile suggest`: a profile proposed from one file, with how sure each part is."""
