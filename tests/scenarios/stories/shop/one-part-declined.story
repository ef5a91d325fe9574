# Parts stand on their own unless it is said otherwise: one that is declined leaves the others paid.
2026-03-01  the bank declines HOTEL.2
            HOTEL of 100.00 EUR is paid in parts of 70.00, 30.00
            > HOTEL.1 is charged 70.00 EUR
            > HOTEL.2 is declined 30.00 EUR
            > HOTEL is partial
2026-03-02  the end
