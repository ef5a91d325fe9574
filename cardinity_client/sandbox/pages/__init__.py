"""What a person sees of the gateway: the hosted checkout, the page of a payment link, and the bank's challenge.

No credentials are asked here, no card number is ever told back, and nothing is fetched from anywhere.
"""
