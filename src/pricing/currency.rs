//! The codes of ISO 4217 (list one, as of 2026).
//!
//! Codes only. The price book gives the rounding, and no rate of exchange is known.

/// Whether a text is the code of a currency.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == 3 && CODES.split_ascii_whitespace().any(|code| code == text)
}

/// The list leaves out XXX (no currency): no price can be in it.
const CODES: &str = "
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
    XPF XPT XSU XTS XUA YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_three_capital_letters_of_the_list() {
        for code in ["EUR", "USD", "JPY", "KWD", "CHF", "ZWG"] {
            assert!(is_code(code), "{code}");
        }
        for text in ["", "eur", "EURO", "€", "XXX", "ABC", "EU", "EUR USD", " EU"] {
            assert!(!is_code(text), "{text:?}");
        }
    }
}
