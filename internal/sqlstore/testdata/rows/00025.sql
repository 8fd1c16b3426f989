-- What was added up to step 25: whose a message is that was given up, and claims of approvals.

update inbox set community_id = 501 where id = 32;
update approvals set claimable_at = '2030-01-02T12:00:00.000000Z' where id = 51;
