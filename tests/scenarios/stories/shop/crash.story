# A worker that dies between a charge and its outcome changes nothing: each part is charged once, whoever asks again.
2026-03-01  a worker dies with the answer for CRUISE.2
            CRUISE of 100.00 EUR is paid in parts of 70.00, 30.00, all or nothing
            CRUISE of 100.00 EUR is paid in parts of 70.00, 30.00, all or nothing
            > CRUISE.1 is charged 70.00 EUR
            > CRUISE.2 is charged 30.00 EUR
            > CRUISE is completed
2026-03-02  CRUISE of 100.00 EUR is paid in parts of 70.00, 30.00, all or nothing
2026-03-03  the end
