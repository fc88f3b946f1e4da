"""The workbook's package signature: ECMA-376 part 2 (OPC), XMLDSig 1.0, XAdES-EPES, [MS-OFFCRYPTO] 2.5.2."""
