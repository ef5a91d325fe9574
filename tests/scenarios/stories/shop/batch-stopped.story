# What is paused rests until it is resumed; what is cancelled before it was sent is never charged under its name.
2026-03-01  no worker runs
            the merchant submits APRIL, 2 rows of 10.00 EUR
            the merchant pauses APRIL
2026-03-02  workers run again
            somebody pays 3.00 EUR for COFFEE
            > COFFEE is charged 3.00 EUR
2026-03-03  the merchant resumes APRIL
            > APRIL-1 is charged 10.00 EUR
            > APRIL-2 is charged 10.00 EUR
2026-03-04  no worker runs
            the merchant submits MAY, 2 rows of 10.00 EUR
            the merchant cancels MAY
            > MAY-1 is cancelled
            > MAY-2 is cancelled
2026-03-05  workers run again
            the merchant reports MAY
            > the report of MAY says cancelled, cancelled
            the merchant submits what failed of MAY, with -r2
            > MAY-1-r2 is charged 10.00 EUR
            > MAY-2-r2 is charged 10.00 EUR
2026-03-06  the end
