// After stepping up, the kept form goes on by itself; without script its button does the same.
"use strict";

document.querySelector("form[data-resumes]")?.requestSubmit();
