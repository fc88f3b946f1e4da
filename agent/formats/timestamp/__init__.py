"""RFC 3161 timestamps: requests, responses, and tokens read strictly; whom to believe is for the policy."""
