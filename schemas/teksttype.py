"""How a column of text is held in a frame.

pandas' own strings as Python objects, and not on pyarrow, which pandas chooses wherever pyarrow is installed. Cells are
made one by one as Python texts and most are asked about as such, so pyarrow pays for turning them there and back, and
its operations cost the most where there are few rows. Asking every rule of a national month took 14 % less cpu this
way in chunks of 1 and of 20 senders and 10 % less in one chunk of 330 (250 000 rows). Single operations on 100 000
rows in one column are up to ten times as fast on pyarrow; no chunk comes near that.
"""

import numpy as np
import pandas as pd

TEKSTTYPE = pd.StringDtype("python", na_value=np.nan)
