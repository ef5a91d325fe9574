# A file that is submitted again charges nobody again; what failed of it is tried again under names of its own.
2026-03-01  the bank declines MARCH-2
            the merchant submits MARCH, 3 rows of 10.00 EUR
            > MARCH-1 is charged 10.00 EUR
            > MARCH-2 is declined 10.00 EUR
            > MARCH-3 is charged 10.00 EUR
2026-03-02  the merchant submits MARCH, 3 rows of 10.00 EUR
            the merchant reports MARCH
            > the report of MARCH says approved, declined, approved
2026-03-05  the merchant submits what failed of MARCH, with -r2
            > MARCH-2-r2 is charged 10.00 EUR
2026-03-06  the end
