-- uuid, uuid -> field text
delete from "patient"."fields" where ("patient"."fields"."patient_id" = $1 and "patient"."fields"."organization_id" = $2) returning "field";

--  -> 
delete from "sessions" where "sessions"."expires_at" < now();

-- text -> token_hash text, user_id uuid, organization_id uuid, created_at timestamp with time zone, expires_at timestamp with time zone, authenticated_at timestamp with time zone, id_token text
delete from "sessions" where "sessions"."token_hash" = $1 returning "token_hash", "user_id", "organization_id", "created_at", "expires_at", "authenticated_at", "id_token";

-- uuid -> 
delete from "sessions" where "sessions"."user_id" = $1;

-- uuid -> user_id uuid
delete from "sessions" where "sessions"."user_id" = $1 returning "user_id";

--  -> 
delete from "sign_ins" where "sign_ins"."expires_at" < now();

-- uuid -> ?column? integer
delete from api_keys where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from delegations where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from deliveries where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from deliveries where partner_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from delivery_samples where delivery_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from delivery_samples where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from idempotency_keys where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from invoices where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from job_progress where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from jobs where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from mail_messages where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from organizations where organization_id = $1::uuid returning 1;

--  -> 
delete from outbox;

-- uuid -> ?column? integer
delete from outbox where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from partners where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from partners where partner_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from patient.fields where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from patient.patients where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from restores where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from samples where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from samples where sample_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from service_tokens where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from sessions where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from subscriptions where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from uploads where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from users where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_attempts where message_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_attempts where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_endpoints where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_endpoints where partner_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_messages where endpoint_id = $1::uuid returning 1;

-- uuid -> ?column? integer
delete from webhook_messages where organization_id = $1::uuid returning 1;

-- uuid, uuid, uuid, text, text[], text, text, timestamp with time zone -> 
insert into "api_keys" ("api_key_id", "user_id", "organization_id", "name", "scopes", "prefix", "key_hash", "created_at", "expires_at", "last_used_at", "revoked_at") values ($1, $2, $3, $4, $5, $6, $7, default, $8, default, default);

-- uuid, uuid, uuid -> organization_id uuid, seq bigint, document_hash text, pending_seq bigint
insert into "audit_checkpoints" ("organization_id", "seq", "document_hash", "pending_seq") values ($1, default, default, (select "audit_heads"."seq" from "audit_heads" where "audit_heads"."organization_id" = $2::uuid)) on conflict ("organization_id") do update set "pending_seq" = coalesce("audit_checkpoints"."pending_seq", (select "audit_heads"."seq" from "audit_heads" where "audit_heads"."organization_id" = $3::uuid)) returning "organization_id", "seq", "document_hash", "pending_seq";

-- uuid -> 
insert into "audit_checkpoints" ("organization_id", "seq", "document_hash", "pending_seq") values ($1, default, default, default);

-- uuid, text, text, text, text, jsonb -> 
insert into "audit_log" ("sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash") values (default, $1, default, $2, $3, $4, $5, $6, default, default, default);

-- uuid, uuid, uuid, uuid, integer, text, text, uuid, text, text, uuid, text, text, text, text, uuid, text, timestamp with time zone, timestamp with time zone -> 
insert into "decisions" ("sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at") values (default, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- uuid, uuid, uuid, uuid, integer, text, text, uuid, text, text, uuid, text, text, text, text, uuid, text, timestamp with time zone -> 
insert into "decisions" ("sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at") values (default, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, default);

-- uuid, uuid, uuid, uuid, integer, text, text, uuid, text, text, text, text, text, text, uuid, text, timestamp with time zone -> 
insert into "decisions" ("sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at") values (default, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, default, $11, $12, $13, $14, $15, $16, $17, default);

-- uuid, uuid, uuid, uuid, integer, text, text, uuid, text, text, text, uuid, text, timestamp with time zone -> 
insert into "decisions" ("sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at") values (default, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, default, $11, default, default, default, $12, $13, $14, default);

-- uuid, uuid, uuid, uuid, timestamp with time zone, timestamp with time zone -> 
insert into "delegations" ("delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at") values ($1, $2, $3, $4, $5, $6, default, default);

-- uuid, uuid, uuid, uuid, timestamp with time zone, timestamp with time zone -> delegation_id uuid, organization_id uuid, user_id uuid, delegate_id uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, revoked_at timestamp with time zone, created_at timestamp with time zone
insert into "delegations" ("delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at") values ($1, $2, $3, $4, $5, $6, default, default) returning "delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at";

-- uuid, uuid, uuid, uuid, integer, integer -> 
insert into "delegations" ("delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at") values ($1, $2, $3, $4, now() + make_interval(days => $5::int), now() + make_interval(days => $6::int), default, default);

-- uuid, uuid, uuid, text, uuid, timestamp with time zone, uuid -> 
insert into "deliveries" ("delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure") values ($1, $2, $3, $4, $5, default, default, $6, $7, default, default, default);

-- uuid, uuid, uuid, text, uuid -> 
insert into "deliveries" ("delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure") values ($1, $2, $3, $4, $5, default, default, default, default, default, default, default);

-- uuid, uuid, uuid, uuid, uuid -> 
insert into "deliveries" ("delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure") values ($1, $2, $3, default, $4, default, default, default, $5, default, default, default);

-- uuid, uuid, uuid, uuid -> 
insert into "deliveries" ("delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure") values ($1, $2, $3, default, $4, default, default, default, default, default, default, default);

-- uuid, uuid, uuid, text, text, integer, boolean -> 
insert into "delivery_samples" ("delivery_id", "sample_id", "organization_id", "state", "level", "round", "since", "claimed_by", "claimed_at", "is_open", "pending_job_id", "reannotation_failure") values ($1, $2, $3, $4, $5, $6, default, default, default, $7, default, default);

-- uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean, uuid, uuid, uuid, text, text, uuid, timestamp with time zone, boolean -> 
insert into "delivery_samples" ("delivery_id", "sample_id", "organization_id", "state", "level", "round", "since", "claimed_by", "claimed_at", "is_open", "pending_job_id", "reannotation_failure") values ($1, $2, $3, $4, $5, default, default, $6, $7, $8, default, default), ($9, $10, $11, $12, $13, default, default, $14, $15, $16, default, default), ($17, $18, $19, $20, $21, default, default, $22, $23, $24, default, default), ($25, $26, $27, $28, $29, default, default, $30, $31, $32, default, default), ($33, $34, $35, $36, $37, default, default, $38, $39, $40, default, default), ($41, $42, $43, $44, $45, default, default, $46, $47, $48, default, default), ($49, $50, $51, $52, $53, default, default, $54, $55, $56, default, default), ($57, $58, $59, $60, $61, default, default, $62, $63, $64, default, default), ($65, $66, $67, $68, $69, default, default, $70, $71, $72, default, default), ($73, $74, $75, $76, $77, default, default, $78, $79, $80, default, default), ($81, $82, $83, $84, $85, default, default, $86, $87, $88, default, default), ($89, $90, $91, $92, $93, default, default, $94, $95, $96, default, default), ($97, $98, $99, $100, $101, default, default, $102, $103, $104, default, default), ($105, $106, $107, $108, $109, default, default, $110, $111, $112, default, default), ($113, $114, $115, $116, $117, default, default, $118, $119, $120, default, default), ($121, $122, $123, $124, $125, default, default, $126, $127, $128, default, default), ($129, $130, $131, $132, $133, default, default, $134, $135, $136, default, default), ($137, $138, $139, $140, $141, default, default, $142, $143, $144, default, default), ($145, $146, $147, $148, $149, default, default, $150, $151, $152, default, default), ($153, $154, $155, $156, $157, default, default, $158, $159, $160, default, default), ($161, $162, $163, $164, $165, default, default, $166, $167, $168, default, default), ($169, $170, $171, $172, $173, default, default, $174, $175, $176, default, default), ($177, $178, $179, $180, $181, default, default, $182, $183, $184, default, default), ($185, $186, $187, $188, $189, default, default, $190, $191, $192, default, default), ($193, $194, $195, $196, $197, default, default, $198, $199, $200, default, default), ($201, $202, $203, $204, $205, default, default, $206, $207, $208, default, default), ($209, $210, $211, $212, $213, default, default, $214, $215, $216, default, default), ($217, $218, $219, $220, $221, default, default, $222, $223, $224, default, default), ($225, $226, $227, $228, $229, default, default, $230, $231, $232, default, default), ($233, $234, $235, $236, $237, default, default, $238, $239, $240, default, default), ($241, $242, $243, $244, $245, default, default, $246, $247, $248, default, default), ($249, $250, $251, $252, $253, default, default, $254, $255, $256, default, default), ($257, $258, $259, $260, $261, default, default, $262, $263, $264, default, default), ($265, $266, $267, $268, $269, default, default, $270, $271, $272, default, default), ($273, $274, $275, $276, $277, default, default, $278, $279, $280, default, default), ($281, $282, $283, $284, $285, default, default, $286, $287, $288, default, default), ($289, $290, $291, $292, $293, default, default, $294, $295, $296, default, default), ($297, $298, $299, $300, $301, default, default, $302, $303, $304, default, default), ($305, $306, $307, $308, $309, default, default, $310, $311, $312, default, default), ($313, $314, $315, $316, $317, default, default, $318, $319, $320, default, default), ($321, $322, $323, $324, $325, default, default, $326, $327, $328, default, default), ($329, $330, $331, $332, $333, default, default, $334, $335, $336, default, default), ($337, $338, $339, $340, $341, default, default, $342, $343, $344, default, default), ($345, $346, $347, $348, $349, default, default, $350, $351, $352, default, default), ($353, $354, $355, $356, $357, default, default, $358, $359, $360, default, default), ($361, $362, $363, $364, $365, default, default, $366, $367, $368, default, default), ($369, $370, $371, $372, $373, default, default, $374, $375, $376, default, default), ($377, $378, $379, $380, $381, default, default, $382, $383, $384, default, default), ($385, $386, $387, $388, $389, default, default, $390, $391, $392, default, default), ($393, $394, $395, $396, $397, default, default, $398, $399, $400, default, default), ($401, $402, $403, $404, $405, default, default, $406, $407, $408, default, default), ($409, $410, $411, $412, $413, default, default, $414, $415, $416, default, default), ($417, $418, $419, $420, $421, default, default, $422, $423, $424, default, default), ($425, $426, $427, $428, $429, default, default, $430, $431, $432, default, default), ($433, $434, $435, $436, $437, default, default, $438, $439, $440, default, default), ($441, $442, $443, $444, $445, default, default, $446, $447, $448, default, default), ($449, $450, $451, $452, $453, default, default, $454, $455, $456, default, default), ($457, $458, $459, $460, $461, default, default, $462, $463, $464, default, default), ($465, $466, $467, $468, $469, default, default, $470, $471, $472, default, default), ($473, $474, $475, $476, $477, default, default, $478, $479, $480, default, default), ($481, $482, $483, $484, $485, default, default, $486, $487, $488, default, default), ($489, $490, $491, $492, $493, default, default, $494, $495, $496, default, default), ($497, $498, $499, $500, $501, default, default, $502, $503, $504, default, default), ($505, $506, $507, $508, $509, default, default, $510, $511, $512, default, default), ($513, $514, $515, $516, $517, default, default, $518, $519, $520, default, default), ($521, $522, $523, $524, $525, default, default, $526, $527, $528, default, default), ($529, $530, $531, $532, $533, default, default, $534, $535, $536, default, default), ($537, $538, $539, $540, $541, default, default, $542, $543, $544, default, default), ($545, $546, $547, $548, $549, default, default, $550, $551, $552, default, default), ($553, $554, $555, $556, $557, default, default, $558, $559, $560, default, default), ($561, $562, $563, $564, $565, default, default, $566, $567, $568, default, default), ($569, $570, $571, $572, $573, default, default, $574, $575, $576, default, default), ($577, $578, $579, $580, $581, default, default, $582, $583, $584, default, default), ($585, $586, $587, $588, $589, default, default, $590, $591, $592, default, default), ($593, $594, $595, $596, $597, default, default, $598, $599, $600, default, default), ($601, $602, $603, $604, $605, default, default, $606, $607, $608, default, default), ($609, $610, $611, $612, $613, default, default, $614, $615, $616, default, default), ($617, $618, $619, $620, $621, default, default, $622, $623, $624, default, default), ($625, $626, $627, $628, $629, default, default, $630, $631, $632, default, default), ($633, $634, $635, $636, $637, default, default, $638, $639, $640, default, default), ($641, $642, $643, $644, $645, default, default, $646, $647, $648, default, default), ($649, $650, $651, $652, $653, default, default, $654, $655, $656, default, default), ($657, $658, $659, $660, $661, default, default, $662, $663, $664, default, default), ($665, $666, $667, $668, $669, default, default, $670, $671, $672, default, default), ($673, $674, $675, $676, $677, default, default, $678, $679, $680, default, default), ($681, $682, $683, $684, $685, default, default, $686, $687, $688, default, default), ($689, $690, $691, $692, $693, default, default, $694, $695, $696, default, default), ($697, $698, $699, $700, $701, default, default, $702, $703, $704, default, default), ($705, $706, $707, $708, $709, default, default, $710, $711, $712, default, default), ($713, $714, $715, $716, $717, default, default, $718, $719, $720, default, default), ($721, $722, $723, $724, $725, default, default, $726, $727, $728, default, default), ($729, $730, $731, $732, $733, default, default, $734, $735, $736, default, default), ($737, $738, $739, $740, $741, default, default, $742, $743, $744, default, default), ($745, $746, $747, $748, $749, default, default, $750, $751, $752, default, default), ($753, $754, $755, $756, $757, default, default, $758, $759, $760, default, default), ($761, $762, $763, $764, $765, default, default, $766, $767, $768, default, default), ($769, $770, $771, $772, $773, default, default, $774, $775, $776, default, default), ($777, $778, $779, $780, $781, default, default, $782, $783, $784, default, default), ($785, $786, $787, $788, $789, default, default, $790, $791, $792, default, default), ($793, $794, $795, $796, $797, default, default, $798, $799, $800, default, default), ($801, $802, $803, $804, $805, default, default, $806, $807, $808, default, default), ($809, $810, $811, $812, $813, default, default, $814, $815, $816, default, default), ($817, $818, $819, $820, $821, default, default, $822, $823, $824, default, default), ($825, $826, $827, $828, $829, default, default, $830, $831, $832, default, default), ($833, $834, $835, $836, $837, default, default, $838, $839, $840, default, default), ($841, $842, $843, $844, $845, default, default, $846, $847, $848, default, default), ($849, $850, $851, $852, $853, default, default, $854, $855, $856, default, default), ($857, $858, $859, $860, $861, default, default, $862, $863, $864, default, default), ($865, $866, $867, $868, $869, default, default, $870, $871, $872, default, default), ($873, $874, $875, $876, $877, default, default, $878, $879, $880, default, default), ($881, $882, $883, $884, $885, default, default, $886, $887, $888, default, default), ($889, $890, $891, $892, $893, default, default, $894, $895, $896, default, default), ($897, $898, $899, $900, $901, default, default, $902, $903, $904, default, default), ($905, $906, $907, $908, $909, default, default, $910, $911, $912, default, default), ($913, $914, $915, $916, $917, default, default, $918, $919, $920, default, default), ($921, $922, $923, $924, $925, default, default, $926, $927, $928, default, default), ($929, $930, $931, $932, $933, default, default, $934, $935, $936, default, default), ($937, $938, $939, $940, $941, default, default, $942, $943, $944, default, default), ($945, $946, $947, $948, $949, default, default, $950, $951, $952, default, default), ($953, $954, $955, $956, $957, default, default, $958, $959, $960, default, default), ($961, $962, $963, $964, $965, default, default, $966, $967, $968, default, default), ($969, $970, $971, $972, $973, default, default, $974, $975, $976, default, default), ($977, $978, $979, $980, $981, default, default, $982, $983, $984, default, default), ($985, $986, $987, $988, $989, default, default, $990, $991, $992, default, default), ($993, $994, $995, $996, $997, default, default, $998, $999, $1000, default, default), ($1001, $1002, $1003, $1004, $1005, default, default, $1006, $1007, $1008, default, default), ($1009, $1010, $1011, $1012, $1013, default, default, $1014, $1015, $1016, default, default), ($1017, $1018, $1019, $1020, $1021, default, default, $1022, $1023, $1024, default, default), ($1025, $1026, $1027, $1028, $1029, default, default, $1030, $1031, $1032, default, default), ($1033, $1034, $1035, $1036, $1037, default, default, $1038, $1039, $1040, default, default), ($1041, $1042, $1043, $1044, $1045, default, default, $1046, $1047, $1048, default, default), ($1049, $1050, $1051, $1052, $1053, default, default, $1054, $1055, $1056, default, default), ($1057, $1058, $1059, $1060, $1061, default, default, $1062, $1063, $1064, default, default), ($1065, $1066, $1067, $1068, $1069, default, default, $1070, $1071, $1072, default, default), ($1073, $1074, $1075, $1076, $1077, default, default, $1078, $1079, $1080, default, default);

-- uuid, uuid, uuid -> 
insert into "delivery_samples" ("delivery_id", "sample_id", "organization_id", "state", "level", "round", "since", "claimed_by", "claimed_at", "is_open", "pending_job_id", "reannotation_failure") values ($1, $2, $3, default, default, default, default, default, default, default, default, default);

-- uuid, uuid, text, text, uuid -> 
insert into "idempotency_keys" ("user_id", "organization_id", "key", "request_hash", "job_id", "created_at") values ($1, $2, $3, $4, $5, default);

-- text, uuid, uuid, text, text, bigint, bigint, bigint, text, timestamp with time zone, text, text -> 
insert into "invoices" ("invoice_id", "organization_id", "user_id", "number", "state", "amount_due", "amount_paid", "amount_refunded", "currency", "created_at", "hosted_url", "payment_intent_id") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict ("invoice_id") do update set "number" = excluded.number, "state" = excluded.state, "amount_due" = excluded.amount_due, "amount_paid" = excluded.amount_paid, "amount_refunded" = excluded.amount_refunded, "hosted_url" = excluded.hosted_url, "payment_intent_id" = coalesce(excluded.payment_intent_id, "invoices"."payment_intent_id");

-- text, bigint, real, uuid -> 
insert into "job_progress" (job_id, organization_id, phase, records, percent, updated_at) select job_id, organization_id, $1, $2, $3, now() from "jobs" where job_id = $4 and status = 'RUNNING' on conflict (job_id) do update set phase = excluded.phase, records = excluded.records, percent = excluded.percent, updated_at = now();

-- uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, text, integer, text, text, text -> 
insert into "jobs" ("job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, default, default, $12, default, default, default, $13, $14, default, $15, default, default, default, $16, $17, default, default), ($18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, default, default, $29, default, default, default, $30, $31, default, $32, default, default, default, $33, $34, default, default), ($35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, default, default, $46, default, default, default, $47, $48, default, $49, default, default, default, $50, $51, default, default), ($52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, default, default, $63, default, default, default, $64, $65, default, $66, default, default, default, $67, $68, default, default), ($69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, default, default, $80, default, default, default, $81, $82, default, $83, default, default, default, $84, $85, default, default), ($86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, default, default, $97, default, default, default, $98, $99, default, $100, default, default, default, $101, $102, default, default), ($103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, default, default, $114, default, default, default, $115, $116, default, $117, default, default, default, $118, $119, default, default), ($120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, default, default, $131, default, default, default, $132, $133, default, $134, default, default, default, $135, $136, default, default), ($137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, default, default, $148, default, default, default, $149, $150, default, $151, default, default, default, $152, $153, default, default), ($154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, default, default, $165, default, default, default, $166, $167, default, $168, default, default, default, $169, $170, default, default), ($171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, default, default, $182, default, default, default, $183, $184, default, $185, default, default, default, $186, $187, default, default), ($188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, default, default, $199, default, default, default, $200, $201, default, $202, default, default, default, $203, $204, default, default), ($205, $206, $207, $208, $209, $210, $211, $212, $213, $214, $215, default, default, $216, default, default, default, $217, $218, default, $219, default, default, default, $220, $221, default, default), ($222, $223, $224, $225, $226, $227, $228, $229, $230, $231, $232, default, default, $233, default, default, default, $234, $235, default, $236, default, default, default, $237, $238, default, default), ($239, $240, $241, $242, $243, $244, $245, $246, $247, $248, $249, default, default, $250, default, default, default, $251, $252, default, $253, default, default, default, $254, $255, default, default), ($256, $257, $258, $259, $260, $261, $262, $263, $264, $265, $266, default, default, $267, default, default, default, $268, $269, default, $270, default, default, default, $271, $272, default, default), ($273, $274, $275, $276, $277, $278, $279, $280, $281, $282, $283, default, default, $284, default, default, default, $285, $286, default, $287, default, default, default, $288, $289, default, default), ($290, $291, $292, $293, $294, $295, $296, $297, $298, $299, $300, default, default, $301, default, default, default, $302, $303, default, $304, default, default, default, $305, $306, default, default), ($307, $308, $309, $310, $311, $312, $313, $314, $315, $316, $317, default, default, $318, default, default, default, $319, $320, default, $321, default, default, default, $322, $323, default, default), ($324, $325, $326, $327, $328, $329, $330, $331, $332, $333, $334, default, default, $335, default, default, default, $336, $337, default, $338, default, default, default, $339, $340, default, default), ($341, $342, $343, $344, $345, $346, $347, $348, $349, $350, $351, default, default, $352, default, default, default, $353, $354, default, $355, default, default, default, $356, $357, default, default), ($358, $359, $360, $361, $362, $363, $364, $365, $366, $367, $368, default, default, $369, default, default, default, $370, $371, default, $372, default, default, default, $373, $374, default, default), ($375, $376, $377, $378, $379, $380, $381, $382, $383, $384, $385, default, default, $386, default, default, default, $387, $388, default, $389, default, default, default, $390, $391, default, default), ($392, $393, $394, $395, $396, $397, $398, $399, $400, $401, $402, default, default, $403, default, default, default, $404, $405, default, $406, default, default, default, $407, $408, default, default), ($409, $410, $411, $412, $413, $414, $415, $416, $417, $418, $419, default, default, $420, default, default, default, $421, $422, default, $423, default, default, default, $424, $425, default, default), ($426, $427, $428, $429, $430, $431, $432, $433, $434, $435, $436, default, default, $437, default, default, default, $438, $439, default, $440, default, default, default, $441, $442, default, default), ($443, $444, $445, $446, $447, $448, $449, $450, $451, $452, $453, default, default, $454, default, default, default, $455, $456, default, $457, default, default, default, $458, $459, default, default), ($460, $461, $462, $463, $464, $465, $466, $467, $468, $469, $470, default, default, $471, default, default, default, $472, $473, default, $474, default, default, default, $475, $476, default, default), ($477, $478, $479, $480, $481, $482, $483, $484, $485, $486, $487, default, default, $488, default, default, default, $489, $490, default, $491, default, default, default, $492, $493, default, default), ($494, $495, $496, $497, $498, $499, $500, $501, $502, $503, $504, default, default, $505, default, default, default, $506, $507, default, $508, default, default, default, $509, $510, default, default), ($511, $512, $513, $514, $515, $516, $517, $518, $519, $520, $521, default, default, $522, default, default, default, $523, $524, default, $525, default, default, default, $526, $527, default, default), ($528, $529, $530, $531, $532, $533, $534, $535, $536, $537, $538, default, default, $539, default, default, default, $540, $541, default, $542, default, default, default, $543, $544, default, default), ($545, $546, $547, $548, $549, $550, $551, $552, $553, $554, $555, default, default, $556, default, default, default, $557, $558, default, $559, default, default, default, $560, $561, default, default), ($562, $563, $564, $565, $566, $567, $568, $569, $570, $571, $572, default, default, $573, default, default, default, $574, $575, default, $576, default, default, default, $577, $578, default, default), ($579, $580, $581, $582, $583, $584, $585, $586, $587, $588, $589, default, default, $590, default, default, default, $591, $592, default, $593, default, default, default, $594, $595, default, default), ($596, $597, $598, $599, $600, $601, $602, $603, $604, $605, $606, default, default, $607, default, default, default, $608, $609, default, $610, default, default, default, $611, $612, default, default), ($613, $614, $615, $616, $617, $618, $619, $620, $621, $622, $623, default, default, $624, default, default, default, $625, $626, default, $627, default, default, default, $628, $629, default, default), ($630, $631, $632, $633, $634, $635, $636, $637, $638, $639, $640, default, default, $641, default, default, default, $642, $643, default, $644, default, default, default, $645, $646, default, default), ($647, $648, $649, $650, $651, $652, $653, $654, $655, $656, $657, default, default, $658, default, default, default, $659, $660, default, $661, default, default, default, $662, $663, default, default), ($664, $665, $666, $667, $668, $669, $670, $671, $672, $673, $674, default, default, $675, default, default, default, $676, $677, default, $678, default, default, default, $679, $680, default, default), ($681, $682, $683, $684, $685, $686, $687, $688, $689, $690, $691, default, default, $692, default, default, default, $693, $694, default, $695, default, default, default, $696, $697, default, default), ($698, $699, $700, $701, $702, $703, $704, $705, $706, $707, $708, default, default, $709, default, default, default, $710, $711, default, $712, default, default, default, $713, $714, default, default), ($715, $716, $717, $718, $719, $720, $721, $722, $723, $724, $725, default, default, $726, default, default, default, $727, $728, default, $729, default, default, default, $730, $731, default, default), ($732, $733, $734, $735, $736, $737, $738, $739, $740, $741, $742, default, default, $743, default, default, default, $744, $745, default, $746, default, default, default, $747, $748, default, default), ($749, $750, $751, $752, $753, $754, $755, $756, $757, $758, $759, default, default, $760, default, default, default, $761, $762, default, $763, default, default, default, $764, $765, default, default), ($766, $767, $768, $769, $770, $771, $772, $773, $774, $775, $776, default, default, $777, default, default, default, $778, $779, default, $780, default, default, default, $781, $782, default, default), ($783, $784, $785, $786, $787, $788, $789, $790, $791, $792, $793, default, default, $794, default, default, default, $795, $796, default, $797, default, default, default, $798, $799, default, default), ($800, $801, $802, $803, $804, $805, $806, $807, $808, $809, $810, default, default, $811, default, default, default, $812, $813, default, $814, default, default, default, $815, $816, default, default), ($817, $818, $819, $820, $821, $822, $823, $824, $825, $826, $827, default, default, $828, default, default, default, $829, $830, default, $831, default, default, default, $832, $833, default, default), ($834, $835, $836, $837, $838, $839, $840, $841, $842, $843, $844, default, default, $845, default, default, default, $846, $847, default, $848, default, default, default, $849, $850, default, default), ($851, $852, $853, $854, $855, $856, $857, $858, $859, $860, $861, default, default, $862, default, default, default, $863, $864, default, $865, default, default, default, $866, $867, default, default), ($868, $869, $870, $871, $872, $873, $874, $875, $876, $877, $878, default, default, $879, default, default, default, $880, $881, default, $882, default, default, default, $883, $884, default, default), ($885, $886, $887, $888, $889, $890, $891, $892, $893, $894, $895, default, default, $896, default, default, default, $897, $898, default, $899, default, default, default, $900, $901, default, default), ($902, $903, $904, $905, $906, $907, $908, $909, $910, $911, $912, default, default, $913, default, default, default, $914, $915, default, $916, default, default, default, $917, $918, default, default), ($919, $920, $921, $922, $923, $924, $925, $926, $927, $928, $929, default, default, $930, default, default, default, $931, $932, default, $933, default, default, default, $934, $935, default, default), ($936, $937, $938, $939, $940, $941, $942, $943, $944, $945, $946, default, default, $947, default, default, default, $948, $949, default, $950, default, default, default, $951, $952, default, default), ($953, $954, $955, $956, $957, $958, $959, $960, $961, $962, $963, default, default, $964, default, default, default, $965, $966, default, $967, default, default, default, $968, $969, default, default), ($970, $971, $972, $973, $974, $975, $976, $977, $978, $979, $980, default, default, $981, default, default, default, $982, $983, default, $984, default, default, default, $985, $986, default, default), ($987, $988, $989, $990, $991, $992, $993, $994, $995, $996, $997, default, default, $998, default, default, default, $999, $1000, default, $1001, default, default, default, $1002, $1003, default, default), ($1004, $1005, $1006, $1007, $1008, $1009, $1010, $1011, $1012, $1013, $1014, default, default, $1015, default, default, default, $1016, $1017, default, $1018, default, default, default, $1019, $1020, default, default), ($1021, $1022, $1023, $1024, $1025, $1026, $1027, $1028, $1029, $1030, $1031, default, default, $1032, default, default, default, $1033, $1034, default, $1035, default, default, default, $1036, $1037, default, default), ($1038, $1039, $1040, $1041, $1042, $1043, $1044, $1045, $1046, $1047, $1048, default, default, $1049, default, default, default, $1050, $1051, default, $1052, default, default, default, $1053, $1054, default, default), ($1055, $1056, $1057, $1058, $1059, $1060, $1061, $1062, $1063, $1064, $1065, default, default, $1066, default, default, default, $1067, $1068, default, $1069, default, default, default, $1070, $1071, default, default), ($1072, $1073, $1074, $1075, $1076, $1077, $1078, $1079, $1080, $1081, $1082, default, default, $1083, default, default, default, $1084, $1085, default, $1086, default, default, default, $1087, $1088, default, default), ($1089, $1090, $1091, $1092, $1093, $1094, $1095, $1096, $1097, $1098, $1099, default, default, $1100, default, default, default, $1101, $1102, default, $1103, default, default, default, $1104, $1105, default, default), ($1106, $1107, $1108, $1109, $1110, $1111, $1112, $1113, $1114, $1115, $1116, default, default, $1117, default, default, default, $1118, $1119, default, $1120, default, default, default, $1121, $1122, default, default), ($1123, $1124, $1125, $1126, $1127, $1128, $1129, $1130, $1131, $1132, $1133, default, default, $1134, default, default, default, $1135, $1136, default, $1137, default, default, default, $1138, $1139, default, default), ($1140, $1141, $1142, $1143, $1144, $1145, $1146, $1147, $1148, $1149, $1150, default, default, $1151, default, default, default, $1152, $1153, default, $1154, default, default, default, $1155, $1156, default, default), ($1157, $1158, $1159, $1160, $1161, $1162, $1163, $1164, $1165, $1166, $1167, default, default, $1168, default, default, default, $1169, $1170, default, $1171, default, default, default, $1172, $1173, default, default), ($1174, $1175, $1176, $1177, $1178, $1179, $1180, $1181, $1182, $1183, $1184, default, default, $1185, default, default, default, $1186, $1187, default, $1188, default, default, default, $1189, $1190, default, default), ($1191, $1192, $1193, $1194, $1195, $1196, $1197, $1198, $1199, $1200, $1201, default, default, $1202, default, default, default, $1203, $1204, default, $1205, default, default, default, $1206, $1207, default, default), ($1208, $1209, $1210, $1211, $1212, $1213, $1214, $1215, $1216, $1217, $1218, default, default, $1219, default, default, default, $1220, $1221, default, $1222, default, default, default, $1223, $1224, default, default), ($1225, $1226, $1227, $1228, $1229, $1230, $1231, $1232, $1233, $1234, $1235, default, default, $1236, default, default, default, $1237, $1238, default, $1239, default, default, default, $1240, $1241, default, default), ($1242, $1243, $1244, $1245, $1246, $1247, $1248, $1249, $1250, $1251, $1252, default, default, $1253, default, default, default, $1254, $1255, default, $1256, default, default, default, $1257, $1258, default, default), ($1259, $1260, $1261, $1262, $1263, $1264, $1265, $1266, $1267, $1268, $1269, default, default, $1270, default, default, default, $1271, $1272, default, $1273, default, default, default, $1274, $1275, default, default), ($1276, $1277, $1278, $1279, $1280, $1281, $1282, $1283, $1284, $1285, $1286, default, default, $1287, default, default, default, $1288, $1289, default, $1290, default, default, default, $1291, $1292, default, default), ($1293, $1294, $1295, $1296, $1297, $1298, $1299, $1300, $1301, $1302, $1303, default, default, $1304, default, default, default, $1305, $1306, default, $1307, default, default, default, $1308, $1309, default, default), ($1310, $1311, $1312, $1313, $1314, $1315, $1316, $1317, $1318, $1319, $1320, default, default, $1321, default, default, default, $1322, $1323, default, $1324, default, default, default, $1325, $1326, default, default), ($1327, $1328, $1329, $1330, $1331, $1332, $1333, $1334, $1335, $1336, $1337, default, default, $1338, default, default, default, $1339, $1340, default, $1341, default, default, default, $1342, $1343, default, default), ($1344, $1345, $1346, $1347, $1348, $1349, $1350, $1351, $1352, $1353, $1354, default, default, $1355, default, default, default, $1356, $1357, default, $1358, default, default, default, $1359, $1360, default, default), ($1361, $1362, $1363, $1364, $1365, $1366, $1367, $1368, $1369, $1370, $1371, default, default, $1372, default, default, default, $1373, $1374, default, $1375, default, default, default, $1376, $1377, default, default), ($1378, $1379, $1380, $1381, $1382, $1383, $1384, $1385, $1386, $1387, $1388, default, default, $1389, default, default, default, $1390, $1391, default, $1392, default, default, default, $1393, $1394, default, default), ($1395, $1396, $1397, $1398, $1399, $1400, $1401, $1402, $1403, $1404, $1405, default, default, $1406, default, default, default, $1407, $1408, default, $1409, default, default, default, $1410, $1411, default, default), ($1412, $1413, $1414, $1415, $1416, $1417, $1418, $1419, $1420, $1421, $1422, default, default, $1423, default, default, default, $1424, $1425, default, $1426, default, default, default, $1427, $1428, default, default), ($1429, $1430, $1431, $1432, $1433, $1434, $1435, $1436, $1437, $1438, $1439, default, default, $1440, default, default, default, $1441, $1442, default, $1443, default, default, default, $1444, $1445, default, default), ($1446, $1447, $1448, $1449, $1450, $1451, $1452, $1453, $1454, $1455, $1456, default, default, $1457, default, default, default, $1458, $1459, default, $1460, default, default, default, $1461, $1462, default, default), ($1463, $1464, $1465, $1466, $1467, $1468, $1469, $1470, $1471, $1472, $1473, default, default, $1474, default, default, default, $1475, $1476, default, $1477, default, default, default, $1478, $1479, default, default), ($1480, $1481, $1482, $1483, $1484, $1485, $1486, $1487, $1488, $1489, $1490, default, default, $1491, default, default, default, $1492, $1493, default, $1494, default, default, default, $1495, $1496, default, default), ($1497, $1498, $1499, $1500, $1501, $1502, $1503, $1504, $1505, $1506, $1507, default, default, $1508, default, default, default, $1509, $1510, default, $1511, default, default, default, $1512, $1513, default, default), ($1514, $1515, $1516, $1517, $1518, $1519, $1520, $1521, $1522, $1523, $1524, default, default, $1525, default, default, default, $1526, $1527, default, $1528, default, default, default, $1529, $1530, default, default), ($1531, $1532, $1533, $1534, $1535, $1536, $1537, $1538, $1539, $1540, $1541, default, default, $1542, default, default, default, $1543, $1544, default, $1545, default, default, default, $1546, $1547, default, default), ($1548, $1549, $1550, $1551, $1552, $1553, $1554, $1555, $1556, $1557, $1558, default, default, $1559, default, default, default, $1560, $1561, default, $1562, default, default, default, $1563, $1564, default, default), ($1565, $1566, $1567, $1568, $1569, $1570, $1571, $1572, $1573, $1574, $1575, default, default, $1576, default, default, default, $1577, $1578, default, $1579, default, default, default, $1580, $1581, default, default), ($1582, $1583, $1584, $1585, $1586, $1587, $1588, $1589, $1590, $1591, $1592, default, default, $1593, default, default, default, $1594, $1595, default, $1596, default, default, default, $1597, $1598, default, default), ($1599, $1600, $1601, $1602, $1603, $1604, $1605, $1606, $1607, $1608, $1609, default, default, $1610, default, default, default, $1611, $1612, default, $1613, default, default, default, $1614, $1615, default, default), ($1616, $1617, $1618, $1619, $1620, $1621, $1622, $1623, $1624, $1625, $1626, default, default, $1627, default, default, default, $1628, $1629, default, $1630, default, default, default, $1631, $1632, default, default), ($1633, $1634, $1635, $1636, $1637, $1638, $1639, $1640, $1641, $1642, $1643, default, default, $1644, default, default, default, $1645, $1646, default, $1647, default, default, default, $1648, $1649, default, default), ($1650, $1651, $1652, $1653, $1654, $1655, $1656, $1657, $1658, $1659, $1660, default, default, $1661, default, default, default, $1662, $1663, default, $1664, default, default, default, $1665, $1666, default, default), ($1667, $1668, $1669, $1670, $1671, $1672, $1673, $1674, $1675, $1676, $1677, default, default, $1678, default, default, default, $1679, $1680, default, $1681, default, default, default, $1682, $1683, default, default), ($1684, $1685, $1686, $1687, $1688, $1689, $1690, $1691, $1692, $1693, $1694, default, default, $1695, default, default, default, $1696, $1697, default, $1698, default, default, default, $1699, $1700, default, default), ($1701, $1702, $1703, $1704, $1705, $1706, $1707, $1708, $1709, $1710, $1711, default, default, $1712, default, default, default, $1713, $1714, default, $1715, default, default, default, $1716, $1717, default, default), ($1718, $1719, $1720, $1721, $1722, $1723, $1724, $1725, $1726, $1727, $1728, default, default, $1729, default, default, default, $1730, $1731, default, $1732, default, default, default, $1733, $1734, default, default), ($1735, $1736, $1737, $1738, $1739, $1740, $1741, $1742, $1743, $1744, $1745, default, default, $1746, default, default, default, $1747, $1748, default, $1749, default, default, default, $1750, $1751, default, default), ($1752, $1753, $1754, $1755, $1756, $1757, $1758, $1759, $1760, $1761, $1762, default, default, $1763, default, default, default, $1764, $1765, default, $1766, default, default, default, $1767, $1768, default, default), ($1769, $1770, $1771, $1772, $1773, $1774, $1775, $1776, $1777, $1778, $1779, default, default, $1780, default, default, default, $1781, $1782, default, $1783, default, default, default, $1784, $1785, default, default), ($1786, $1787, $1788, $1789, $1790, $1791, $1792, $1793, $1794, $1795, $1796, default, default, $1797, default, default, default, $1798, $1799, default, $1800, default, default, default, $1801, $1802, default, default), ($1803, $1804, $1805, $1806, $1807, $1808, $1809, $1810, $1811, $1812, $1813, default, default, $1814, default, default, default, $1815, $1816, default, $1817, default, default, default, $1818, $1819, default, default), ($1820, $1821, $1822, $1823, $1824, $1825, $1826, $1827, $1828, $1829, $1830, default, default, $1831, default, default, default, $1832, $1833, default, $1834, default, default, default, $1835, $1836, default, default), ($1837, $1838, $1839, $1840, $1841, $1842, $1843, $1844, $1845, $1846, $1847, default, default, $1848, default, default, default, $1849, $1850, default, $1851, default, default, default, $1852, $1853, default, default), ($1854, $1855, $1856, $1857, $1858, $1859, $1860, $1861, $1862, $1863, $1864, default, default, $1865, default, default, default, $1866, $1867, default, $1868, default, default, default, $1869, $1870, default, default), ($1871, $1872, $1873, $1874, $1875, $1876, $1877, $1878, $1879, $1880, $1881, default, default, $1882, default, default, default, $1883, $1884, default, $1885, default, default, default, $1886, $1887, default, default), ($1888, $1889, $1890, $1891, $1892, $1893, $1894, $1895, $1896, $1897, $1898, default, default, $1899, default, default, default, $1900, $1901, default, $1902, default, default, default, $1903, $1904, default, default), ($1905, $1906, $1907, $1908, $1909, $1910, $1911, $1912, $1913, $1914, $1915, default, default, $1916, default, default, default, $1917, $1918, default, $1919, default, default, default, $1920, $1921, default, default), ($1922, $1923, $1924, $1925, $1926, $1927, $1928, $1929, $1930, $1931, $1932, default, default, $1933, default, default, default, $1934, $1935, default, $1936, default, default, default, $1937, $1938, default, default), ($1939, $1940, $1941, $1942, $1943, $1944, $1945, $1946, $1947, $1948, $1949, default, default, $1950, default, default, default, $1951, $1952, default, $1953, default, default, default, $1954, $1955, default, default), ($1956, $1957, $1958, $1959, $1960, $1961, $1962, $1963, $1964, $1965, $1966, default, default, $1967, default, default, default, $1968, $1969, default, $1970, default, default, default, $1971, $1972, default, default), ($1973, $1974, $1975, $1976, $1977, $1978, $1979, $1980, $1981, $1982, $1983, default, default, $1984, default, default, default, $1985, $1986, default, $1987, default, default, default, $1988, $1989, default, default), ($1990, $1991, $1992, $1993, $1994, $1995, $1996, $1997, $1998, $1999, $2000, default, default, $2001, default, default, default, $2002, $2003, default, $2004, default, default, default, $2005, $2006, default, default), ($2007, $2008, $2009, $2010, $2011, $2012, $2013, $2014, $2015, $2016, $2017, default, default, $2018, default, default, default, $2019, $2020, default, $2021, default, default, default, $2022, $2023, default, default), ($2024, $2025, $2026, $2027, $2028, $2029, $2030, $2031, $2032, $2033, $2034, default, default, $2035, default, default, default, $2036, $2037, default, $2038, default, default, default, $2039, $2040, default, default), ($2041, $2042, $2043, $2044, $2045, $2046, $2047, $2048, $2049, $2050, $2051, default, default, $2052, default, default, default, $2053, $2054, default, $2055, default, default, default, $2056, $2057, default, default), ($2058, $2059, $2060, $2061, $2062, $2063, $2064, $2065, $2066, $2067, $2068, default, default, $2069, default, default, default, $2070, $2071, default, $2072, default, default, default, $2073, $2074, default, default), ($2075, $2076, $2077, $2078, $2079, $2080, $2081, $2082, $2083, $2084, $2085, default, default, $2086, default, default, default, $2087, $2088, default, $2089, default, default, default, $2090, $2091, default, default), ($2092, $2093, $2094, $2095, $2096, $2097, $2098, $2099, $2100, $2101, $2102, default, default, $2103, default, default, default, $2104, $2105, default, $2106, default, default, default, $2107, $2108, default, default), ($2109, $2110, $2111, $2112, $2113, $2114, $2115, $2116, $2117, $2118, $2119, default, default, $2120, default, default, default, $2121, $2122, default, $2123, default, default, default, $2124, $2125, default, default), ($2126, $2127, $2128, $2129, $2130, $2131, $2132, $2133, $2134, $2135, $2136, default, default, $2137, default, default, default, $2138, $2139, default, $2140, default, default, default, $2141, $2142, default, default), ($2143, $2144, $2145, $2146, $2147, $2148, $2149, $2150, $2151, $2152, $2153, default, default, $2154, default, default, default, $2155, $2156, default, $2157, default, default, default, $2158, $2159, default, default), ($2160, $2161, $2162, $2163, $2164, $2165, $2166, $2167, $2168, $2169, $2170, default, default, $2171, default, default, default, $2172, $2173, default, $2174, default, default, default, $2175, $2176, default, default), ($2177, $2178, $2179, $2180, $2181, $2182, $2183, $2184, $2185, $2186, $2187, default, default, $2188, default, default, default, $2189, $2190, default, $2191, default, default, default, $2192, $2193, default, default), ($2194, $2195, $2196, $2197, $2198, $2199, $2200, $2201, $2202, $2203, $2204, default, default, $2205, default, default, default, $2206, $2207, default, $2208, default, default, default, $2209, $2210, default, default), ($2211, $2212, $2213, $2214, $2215, $2216, $2217, $2218, $2219, $2220, $2221, default, default, $2222, default, default, default, $2223, $2224, default, $2225, default, default, default, $2226, $2227, default, default), ($2228, $2229, $2230, $2231, $2232, $2233, $2234, $2235, $2236, $2237, $2238, default, default, $2239, default, default, default, $2240, $2241, default, $2242, default, default, default, $2243, $2244, default, default), ($2245, $2246, $2247, $2248, $2249, $2250, $2251, $2252, $2253, $2254, $2255, default, default, $2256, default, default, default, $2257, $2258, default, $2259, default, default, default, $2260, $2261, default, default), ($2262, $2263, $2264, $2265, $2266, $2267, $2268, $2269, $2270, $2271, $2272, default, default, $2273, default, default, default, $2274, $2275, default, $2276, default, default, default, $2277, $2278, default, default), ($2279, $2280, $2281, $2282, $2283, $2284, $2285, $2286, $2287, $2288, $2289, default, default, $2290, default, default, default, $2291, $2292, default, $2293, default, default, default, $2294, $2295, default, default);

-- uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone, uuid, uuid, uuid, uuid, text, text, text, bigint, text, text, text, timestamp with time zone -> 
insert into "jobs" ("job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, default, default, $12, default, default, default, default, default, default, default, default, default, default, default, default, default, default), ($13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, default, default, $24, default, default, default, default, default, default, default, default, default, default, default, default, default, default), ($25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, default, default, $36, default, default, default, default, default, default, default, default, default, default, default, default, default, default);

-- uuid, uuid, uuid, uuid, text, text, text, bigint, text, text -> 
insert into "jobs" ("job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, default, default, default, default, default, default, default, default, default, default, default, default, default, default, default, default, default, default);

-- text, uuid, uuid, text, double precision -> message_id text, claimed_at text
insert into "mail_messages" ("message_id", "organization_id", "job_id", "user_id", "occasion", "kind", "claimed_at", "sent_at") values ($1, $2, $3, default, default, $4, default, default) on conflict ("job_id","kind") do update set "claimed_at" = now() where "mail_messages"."sent_at" is null and "mail_messages"."claimed_at" <= now() - make_interval(secs => $5) returning "message_id", "claimed_at"::text;

-- text, uuid, uuid, text, text, double precision -> message_id text, claimed_at text
insert into "mail_messages" ("message_id", "organization_id", "job_id", "user_id", "occasion", "kind", "claimed_at", "sent_at") values ($1, $2, default, $3, $4, $5, default, default) on conflict ("user_id","kind","occasion") do update set "claimed_at" = now() where "mail_messages"."sent_at" is null and "mail_messages"."claimed_at" <= now() - make_interval(secs => $6) returning "message_id", "claimed_at"::text;

-- uuid, text, text -> 
insert into "organizations" ("organization_id", "name", "kind", "created_at") values ($1, $2, $3, default);

-- uuid, text, text, jsonb -> 
insert into "outbox" ("sequence", "event_id", "organization_id", "type", "subject", "data", "occurred_at", "published_at") values (default, default, $1, $2, $3, $4, default, default);

-- uuid, uuid, text, text -> 
insert into "partners" ("partner_id", "organization_id", "name", "email", "created_at", "disabled_at") values ($1, $2, $3, $4, default, default);

-- uuid, uuid, text, text -> partner_id uuid
insert into "partners" ("partner_id", "organization_id", "name", "email", "created_at", "disabled_at") values ($1, $2, $3, $4, default, default) on conflict ("organization_id","name") do nothing returning "partner_id";

-- uuid, uuid, text -> 
insert into "partners" ("partner_id", "organization_id", "name", "email", "created_at", "disabled_at") values ($1, $2, $3, default, default, default);

-- uuid, uuid, text, text, integer, timestamp with time zone, uuid, uuid, text, text, integer, timestamp with time zone, uuid, uuid, text, text, integer, timestamp with time zone, uuid, uuid, text, text, integer, timestamp with time zone, uuid, uuid, text, text, integer, timestamp with time zone, uuid, uuid, text, text, integer, timestamp with time zone -> 
insert into "patient"."fields" ("patient_id", "organization_id", "field", "sealed", "version", "written_at") values ($1, $2, $3, $4, $5, $6), ($7, $8, $9, $10, $11, $12), ($13, $14, $15, $16, $17, $18), ($19, $20, $21, $22, $23, $24), ($25, $26, $27, $28, $29, $30), ($31, $32, $33, $34, $35, $36);

-- uuid, uuid, text, text, integer -> 
insert into "patient"."fields" ("patient_id", "organization_id", "field", "sealed", "version", "written_at") values ($1, $2, $3, $4, $5, default);

-- uuid, uuid, text, text -> 
insert into "patient"."fields" ("patient_id", "organization_id", "field", "sealed", "version", "written_at") values ($1, $2, $3, $4, default, default);

-- uuid, uuid, text, text -> 
insert into "patient"."patients" ("patient_id", "organization_id", "wrapped_key", "key_id", "created_at", "erased_at") values ($1, $2, $3, $4, default, default);

-- uuid, uuid, text -> 
insert into "patient"."patients" ("patient_id", "organization_id", "wrapped_key", "key_id", "created_at", "erased_at") values ($1, $2, default, $3, default, default);

-- text, integer, bigint -> 
insert into "rate_limits" ("key", "minute", "taken") values ($1, $2, $3);

-- text, text, jsonb, jsonb, boolean, text, jsonb, jsonb, boolean -> 
insert into "references" ("name", "description", "files", "contigs", "is_default", "installed_at") values ($1, $2, $3, $4, $5, now()) on conflict ("name") do update set "description" = $6, "files" = $7, "contigs" = $8, "is_default" = $9, "installed_at" = now();

--  -> 
insert into "references" (name, description, files, contigs, is_default) values ('demo', 'A test', '{}', '[]', true);

-- uuid, uuid, uuid, uuid -> 
insert into "restores" ("job_id", "organization_id", "user_id", "upgrade_id", "state", "error", "created_at", "ended_at") values ($1, $2, $3, $4, default, default, default, default);

-- uuid, uuid, uuid, uuid, uuid -> 
insert into "restores" (job_id, organization_id, user_id, upgrade_id) select $1::uuid, $2::uuid, $3::uuid, coalesce((select upgrade_id from "subscriptions" where user_id = $4), $5) on conflict (job_id) do update set upgrade_id = excluded.upgrade_id, state = 'waiting', error = null, ended_at = null;

-- uuid, uuid -> 
insert into "restores" (job_id, organization_id, user_id, upgrade_id) select job_id, organization_id, user_id, $1::uuid from "jobs" where user_id = $2 and result_state in ('archived', 'archiving', 'restoring') on conflict (job_id) do update set upgrade_id = excluded.upgrade_id, state = 'waiting', error = null, ended_at = null, created_at = now();

-- uuid, uuid, text, uuid, uuid, uuid -> sample_id uuid
insert into "samples" ("sample_id", "organization_id", "barcode", "job_id", "patient_id", "created_by", "created_at") values ($1, $2, $3, $4, $5, $6, default) on conflict ("organization_id","barcode") do nothing returning "sample_id";

-- uuid, uuid, text, uuid, uuid -> 
insert into "samples" ("sample_id", "organization_id", "barcode", "job_id", "patient_id", "created_by", "created_at") values ($1, $2, $3, $4, default, $5, default);

-- uuid, uuid, text, text, uuid, text[], text, text, timestamp with time zone -> 
insert into "service_tokens" ("token_id", "organization_id", "caller", "audience", "partner_id", "scopes", "prefix", "token_hash", "created_at", "expires_at", "last_used_at", "revoked_at") values ($1, $2, $3, $4, $5, $6, $7, $8, default, $9, default, default);

-- text, uuid, uuid, timestamp with time zone, timestamp with time zone, text -> 
insert into "sessions" ("token_hash", "user_id", "organization_id", "created_at", "expires_at", "authenticated_at", "id_token") values ($1, $2, $3, default, $4, $5, $6);

-- text, text, text, text, text, timestamp with time zone -> token_hash text
insert into "sign_ins" ("token_hash", "state", "nonce", "code_verifier", "return_to", "expires_at") values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning "token_hash";

-- uuid, uuid, text, text -> 
insert into "subscriptions" ("user_id", "organization_id", "customer_id", "checkout_session_id", "checkout_url", "checkout_expires_at", "payment_refusal", "state", "stripe_subscription_id", "current_period_end", "cancel_at_period_end", "grace_ends_at", "upgrade_id", "archive_due_at", "synced_at", "created_at") values ($1, $2, $3, default, default, default, default, default, default, default, default, default, default, default, default, default) on conflict ("user_id") do update set "customer_id" = $4;

-- uuid, uuid, timestamp with time zone, uuid, timestamp with time zone -> 
insert into "subscriptions" ("user_id", "organization_id", "customer_id", "checkout_session_id", "checkout_url", "checkout_expires_at", "payment_refusal", "state", "stripe_subscription_id", "current_period_end", "cancel_at_period_end", "grace_ends_at", "upgrade_id", "archive_due_at", "synced_at", "created_at") values ($1, $2, default, default, default, default, default, default, default, default, default, default, default, $3, default, default) on conflict ("user_id") do update set "upgrade_id" = $4, "archive_due_at" = $5;

-- uuid, uuid, uuid, text, text, text, bigint, text, timestamp with time zone -> 
insert into "uploads" ("upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at") values ($1, $2, $3, $4, $5, $6, $7, $8, default, $9, default, default, default, default);

-- uuid, uuid, uuid, text, text, bigint, timestamp with time zone -> 
insert into "uploads" ("upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at") values ($1, $2, $3, $4, default, $5, $6, default, default, $7, default, default, default, default);

-- uuid, uuid, text, text, text, text, text, text -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
insert into "users" ("user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at") values ($1, $2, $3, $4, $5, $6, $7, $8, default) returning "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at";

-- uuid, uuid, text, text, text, text, text -> 
insert into "users" ("user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at") values ($1, $2, $3, $4, $5, default, $6, $7, default);

-- uuid, uuid, uuid, integer, text, integer -> 
insert into "webhook_attempts" ("attempt_id", "organization_id", "message_id", "at", "status", "outcome", "duration_ms") values ($1, $2, $3, default, $4, $5, $6);

-- uuid, uuid, uuid, text, integer -> 
insert into "webhook_attempts" ("attempt_id", "organization_id", "message_id", "at", "status", "outcome", "duration_ms") values ($1, $2, $3, default, default, $4, $5);

-- uuid, uuid, uuid, double precision, integer, text, integer -> 
insert into "webhook_attempts" ("attempt_id", "organization_id", "message_id", "at", "status", "outcome", "duration_ms") values ($1, $2, $3, now() - make_interval(secs => $4::float8), $5, $6, $7);

-- uuid, uuid, uuid, text, jsonb -> 
insert into "webhook_endpoints" ("endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since") values ($1, $2, $3, $4, $5, default, default, default, default, default);

-- uuid, uuid, uuid, text, jsonb -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
insert into "webhook_endpoints" ("endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since") values ($1, $2, $3, $4, $5, default, default, default, default, default) returning "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since";

-- uuid, uuid, uuid, text, jsonb, boolean -> 
insert into "webhook_messages" ("message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at") values ($1, $2, $3, $4, $5, default, $6, default, default);

-- uuid, uuid, uuid, text, jsonb -> 
insert into "webhook_messages" ("message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at") values ($1, $2, $3, $4, $5, default, default, default, default);

-- uuid -> 
insert into audit_log (organization_id, actor, action, entity, entity_id, details) select $1::uuid, 'system:test', 'sample.created', 'sample', n::text, '{}' from generate_series(1, 10000) n;

-- uuid, uuid -> 
insert into invoices (invoice_id, organization_id, user_id, state, amount_due, amount_paid, amount_refunded, currency, created_at, payment_intent_id) values ('in_disputed', $1, $2, 'paid', 2900, 2900, 0, 'eur', now(), 'pi_disputed');

-- uuid -> 
insert into outbox (organization_id, type, subject, data) select $1, 'annotation.completed', 'x', '{}' from generate_series(1, 5000);

-- uuid -> 
insert into outbox (organization_id, type, subject, data, occurred_at) select $1, 'annotation.completed', 'x', '{}', now() - interval '90 seconds' from generate_series(1, 5);

-- uuid, uuid, uuid -> 
insert into webhook_endpoints (endpoint_id, organization_id, partner_id, url, secrets) values ($1::uuid, $2::uuid, $3::uuid, '', '[]');

-- text -> action text
select "action" from "audit_log" where "audit_log"."actor" = $1;

-- uuid, text -> action text, actor text, details jsonb
select "action", "actor", "details" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity_id" = $2) order by "audit_log"."sequence" asc;

--  -> api_key_id uuid, user_id uuid, organization_id uuid, name text, scopes text[], prefix text, key_hash text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone
select "api_key_id", "user_id", "organization_id", "name", "scopes", "prefix", "key_hash", "created_at", "expires_at", "last_used_at", "revoked_at" from "api_keys";

-- uuid -> api_key_id uuid, user_id uuid, organization_id uuid, name text, scopes text[], prefix text, key_hash text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone
select "api_key_id", "user_id", "organization_id", "name", "scopes", "prefix", "key_hash", "created_at", "expires_at", "last_used_at", "revoked_at" from "api_keys" where "api_keys"."api_key_id" = $1;

-- uuid -> api_key_id uuid, user_id uuid, organization_id uuid, name text, scopes text[], prefix text, key_hash text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone
select "api_key_id", "user_id", "organization_id", "name", "scopes", "prefix", "key_hash", "created_at", "expires_at", "last_used_at", "revoked_at" from "api_keys" where "api_keys"."user_id" = $1;

-- uuid, bigint -> api_key_id uuid, user_id uuid, organization_id uuid, name text, scopes text[], prefix text, key_hash text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone
select "api_key_id", "user_id", "organization_id", "name", "scopes", "prefix", "key_hash", "created_at", "expires_at", "last_used_at", "revoked_at" from "api_keys" where ("api_keys"."user_id" = $1 and "api_keys"."revoked_at" is null) order by "api_keys"."created_at" desc limit $2;

-- text -> api_key_id uuid, user_id uuid, organization_id uuid, name text, scopes text[], prefix text, key_hash text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone, user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "api_keys"."api_key_id", "api_keys"."user_id", "api_keys"."organization_id", "api_keys"."name", "api_keys"."scopes", "api_keys"."prefix", "api_keys"."key_hash", "api_keys"."created_at", "api_keys"."expires_at", "api_keys"."last_used_at", "api_keys"."revoked_at", "users"."user_id", "users"."organization_id", "users"."issuer", "users"."subject", "users"."email", "users"."name", "users"."role", "users"."plan", "users"."created_at" from "api_keys" inner join "users" on "users"."user_id" = "api_keys"."user_id" where ("api_keys"."key_hash" = $1 and "api_keys"."revoked_at" is null and ("api_keys"."expires_at" is null or "api_keys"."expires_at" > now()));

-- uuid -> archive_due_at timestamp with time zone
select "archive_due_at" from "subscriptions" where "subscriptions"."user_id" = $1;

-- uuid -> attempt_id uuid, organization_id uuid, message_id uuid, at timestamp with time zone, status integer, outcome text, duration_ms integer
select "attempt_id", "organization_id", "message_id", "at", "status", "outcome", "duration_ms" from "webhook_attempts" where "webhook_attempts"."message_id" = $1 order by "webhook_attempts"."at";

-- uuid -> attempt_id uuid, organization_id uuid, message_id uuid, at timestamp with time zone, status integer, outcome text, duration_ms integer
select "attempt_id", "organization_id", "message_id", "at", "status", "outcome", "duration_ms" from "webhook_attempts" where "webhook_attempts"."message_id" in ($1) order by "webhook_attempts"."at" asc, "webhook_attempts"."attempt_id" asc;

-- bigint -> organization_id uuid
select "audit_heads"."organization_id" from "audit_heads" left join "audit_checkpoints" on "audit_checkpoints"."organization_id" = "audit_heads"."organization_id" where ("audit_heads"."seq" <> coalesce("audit_checkpoints"."seq", 0) or "audit_checkpoints"."pending_seq" is not null) order by "audit_heads"."organization_id" asc limit $1;

-- uuid -> decision_id uuid
select "decision_id" from "decisions" where "decisions"."organization_id" = $1;

-- uuid, uuid -> sequence bigint, decision_id uuid, organization_id uuid, delivery_id uuid, sample_id uuid, round integer, level text, decision text, user_id uuid, signer_name text, role text, on_behalf_of uuid, meaning text, reason_code text, comment text, follow_up text, job_id uuid, checksum text, authenticated_at timestamp with time zone, at timestamp with time zone, job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "decisions"."sequence", "decisions"."decision_id", "decisions"."organization_id", "decisions"."delivery_id", "decisions"."sample_id", "decisions"."round", "decisions"."level", "decisions"."decision", "decisions"."user_id", "decisions"."signer_name", "decisions"."role", "decisions"."on_behalf_of", "decisions"."meaning", "decisions"."reason_code", "decisions"."comment", "decisions"."follow_up", "decisions"."job_id", "decisions"."checksum", "decisions"."authenticated_at", "decisions"."at", "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent" from "decisions" inner join "jobs" on "jobs"."job_id" = "decisions"."job_id" where ("decisions"."delivery_id" = $1 and "decisions"."sample_id" in ($2)) order by "decisions"."sequence" asc;

-- uuid, uuid, uuid, bigint -> delegation_id uuid, organization_id uuid, user_id uuid, delegate_id uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, revoked_at timestamp with time zone, created_at timestamp with time zone
select "delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at" from "delegations" where ("delegations"."organization_id" = $1 and ("delegations"."user_id" = $2 or "delegations"."delegate_id" = $3) and "delegations"."revoked_at" is null and "delegations"."ends_at" > now()) order by "delegations"."starts_at" asc, "delegations"."delegation_id" asc limit $4;

-- text, text, text, timestamp with time zone, bigint -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, sample_id uuid, state text
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "delivery_samples"."sample_id", "delivery_samples"."state" from "delivery_samples" inner join "deliveries" on "deliveries"."delivery_id" = "delivery_samples"."delivery_id" where ("delivery_samples"."is_open" and "delivery_samples"."state" in ($1, $2) and "deliveries"."state" = $3 and "delivery_samples"."since" < $4 and ("delivery_samples"."since" > now() - interval '1 hour' or random() < 0.05)) order by random() limit $5;

-- uuid -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, email text, name text, name text
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "partners"."email", "partners"."name", "organizations"."name" from "deliveries" inner join "partners" on "partners"."partner_id" = "deliveries"."partner_id" inner join "organizations" on "organizations"."organization_id" = "deliveries"."organization_id" where "deliveries"."delivery_id" = $1;

-- uuid, uuid -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, name text
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "partners"."name" from "deliveries" inner join "partners" on "partners"."partner_id" = "deliveries"."partner_id" where ("deliveries"."delivery_id" = $1 and "deliveries"."organization_id" = $2);

-- uuid, bigint -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, name text, to_char text, delivery_id uuid
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "partners"."name", to_char("deliveries"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "deliveries"."delivery_id" from "deliveries" inner join "partners" on "partners"."partner_id" = "deliveries"."partner_id" where "deliveries"."organization_id" = $1 order by "deliveries"."created_at" desc nulls last, "deliveries"."delivery_id" desc nulls last limit $2;

-- uuid, text, bigint -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, name text, to_char text, delivery_id uuid
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "partners"."name", to_char("deliveries"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "deliveries"."delivery_id" from "deliveries" inner join "partners" on "partners"."partner_id" = "deliveries"."partner_id" where ("deliveries"."organization_id" = $1 and "deliveries"."state" = $2) order by "deliveries"."created_at" desc nulls last, "deliveries"."delivery_id" desc nulls last limit $3;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, name text, to_char text, delivery_id uuid
select "deliveries"."delivery_id", "deliveries"."organization_id", "deliveries"."partner_id", "deliveries"."state", "deliveries"."created_by", "deliveries"."created_at", "deliveries"."ready_at", "deliveries"."released_at", "deliveries"."released_by", "deliveries"."release_number", "deliveries"."acknowledged_at", "deliveries"."release_failure", "partners"."name", to_char("deliveries"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "deliveries"."delivery_id" from "deliveries" inner join "partners" on "partners"."partner_id" = "deliveries"."partner_id" where ("deliveries"."organization_id" = $1 and ("deliveries"."created_at" <= $2::timestamptz and ("deliveries"."created_at" < $3::timestamptz or ("deliveries"."created_at" = $4::timestamptz and "deliveries"."delivery_id" < $5)))) order by "deliveries"."created_at" desc nulls last, "deliveries"."delivery_id" desc nulls last limit $6;

-- uuid -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text
select "delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure" from "deliveries" where "deliveries"."delivery_id" = $1;

-- uuid -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text
select "delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure" from "deliveries" where "deliveries"."delivery_id" = $1 for update;

-- text, text, text, text, timestamp with time zone, bigint -> delivery_id uuid, organization_id uuid, partner_id uuid, state text, created_by uuid, created_at timestamp with time zone, ready_at timestamp with time zone, released_at timestamp with time zone, released_by uuid, release_number integer, acknowledged_at timestamp with time zone, release_failure text, ?column? boolean
select "delivery_id", "organization_id", "partner_id", "state", "created_by", "created_at", "ready_at", "released_at", "released_by", "release_number", "acknowledged_at", "release_failure", (deliveries.state = 'in_review' and not exists ( select from delivery_samples s where s.delivery_id = deliveries.delivery_id and s.state in ('in_review', 'reannotating'))) from "deliveries" where ("deliveries"."state" in ($1, $2, $3, $4) and "deliveries"."created_at" < $5 and ("deliveries"."created_at" > now() - interval '1 hour' or random() < 0.05)) order by random() limit $6;

-- uuid, uuid -> delivery_id uuid, sample_id uuid, organization_id uuid, state text, level text, round integer, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, is_open boolean, pending_job_id uuid, reannotation_failure text
select "delivery_id", "sample_id", "organization_id", "state", "level", "round", "since", "claimed_by", "claimed_at", "is_open", "pending_job_id", "reannotation_failure" from "delivery_samples" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."sample_id" = $2);

-- uuid, uuid, uuid, text, text, text, text -> delivery_id uuid, state text, released_at timestamp with time zone, acknowledged_at timestamp with time zone, count integer
select "delivery_id", "state", "released_at", "acknowledged_at", (select count(*)::int from delivery_samples s where s.delivery_id = deliveries.delivery_id and s.state = 'accepted') from "deliveries" where ("deliveries"."delivery_id" = $1 and ("deliveries"."partner_id" = $2 and "deliveries"."organization_id" = $3 and "deliveries"."state" in ($4, $5, $6, $7) and "deliveries"."released_by" is not null));

-- uuid, uuid, text, text, text, text, bigint -> delivery_id uuid, state text, released_at timestamp with time zone, acknowledged_at timestamp with time zone, count integer, to_char text, delivery_id uuid
select "delivery_id", "state", "released_at", "acknowledged_at", (select count(*)::int from delivery_samples s where s.delivery_id = deliveries.delivery_id and s.state = 'accepted'), to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "delivery_id" from "deliveries" where ("deliveries"."partner_id" = $1 and "deliveries"."organization_id" = $2 and "deliveries"."state" in ($3, $4, $5, $6) and "deliveries"."released_by" is not null) order by "deliveries"."created_at" desc nulls last, "deliveries"."delivery_id" desc nulls last limit $7;

-- uuid, uuid, text, text, text, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> delivery_id uuid, state text, released_at timestamp with time zone, acknowledged_at timestamp with time zone, count integer, to_char text, delivery_id uuid
select "delivery_id", "state", "released_at", "acknowledged_at", (select count(*)::int from delivery_samples s where s.delivery_id = deliveries.delivery_id and s.state = 'accepted'), to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "delivery_id" from "deliveries" where (("deliveries"."partner_id" = $1 and "deliveries"."organization_id" = $2 and "deliveries"."state" in ($3, $4, $5, $6) and "deliveries"."released_by" is not null) and ("deliveries"."created_at" <= $7::timestamptz and ("deliveries"."created_at" < $8::timestamptz or ("deliveries"."created_at" = $9::timestamptz and "deliveries"."delivery_id" < $10)))) order by "deliveries"."created_at" desc nulls last, "deliveries"."delivery_id" desc nulls last limit $11;

-- uuid, uuid, uuid -> delivery_id uuid, sample_id uuid, organization_id uuid, state text, level text, round integer, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, is_open boolean, pending_job_id uuid, reannotation_failure text, state text, barcode text, job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "delivery_samples"."organization_id", "delivery_samples"."state", "delivery_samples"."level", "delivery_samples"."round", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "delivery_samples"."is_open", "delivery_samples"."pending_job_id", "delivery_samples"."reannotation_failure", "deliveries"."state", "samples"."barcode", "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent" from "delivery_samples" inner join "deliveries" on "deliveries"."delivery_id" = "delivery_samples"."delivery_id" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."sample_id" = $2 and "delivery_samples"."organization_id" = $3);

-- uuid, uuid -> delivery_id uuid, sample_id uuid, organization_id uuid, state text, level text, round integer, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, is_open boolean, pending_job_id uuid, reannotation_failure text, job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, state text
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "delivery_samples"."organization_id", "delivery_samples"."state", "delivery_samples"."level", "delivery_samples"."round", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "delivery_samples"."is_open", "delivery_samples"."pending_job_id", "delivery_samples"."reannotation_failure", "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "deliveries"."state" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" inner join "deliveries" on "deliveries"."delivery_id" = "delivery_samples"."delivery_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."sample_id" = $2) for update of "delivery_samples";

-- uuid, uuid, uuid, bigint -> delivery_id uuid, sample_id uuid, organization_id uuid, state text, level text, round integer, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, is_open boolean, pending_job_id uuid, reannotation_failure text, barcode text, job_id uuid, result_sha256 text
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "delivery_samples"."organization_id", "delivery_samples"."state", "delivery_samples"."level", "delivery_samples"."round", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "delivery_samples"."is_open", "delivery_samples"."pending_job_id", "delivery_samples"."reannotation_failure", "samples"."barcode", "samples"."job_id", "jobs"."result_sha256" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."organization_id" = $2 and "delivery_samples"."sample_id" > $3) order by "delivery_samples"."sample_id" asc limit $4;

-- uuid, uuid, bigint -> delivery_id uuid, sample_id uuid, organization_id uuid, state text, level text, round integer, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, is_open boolean, pending_job_id uuid, reannotation_failure text, barcode text, job_id uuid, result_sha256 text
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "delivery_samples"."organization_id", "delivery_samples"."state", "delivery_samples"."level", "delivery_samples"."round", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "delivery_samples"."is_open", "delivery_samples"."pending_job_id", "delivery_samples"."reannotation_failure", "samples"."barcode", "samples"."job_id", "jobs"."result_sha256" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."organization_id" = $2) order by "delivery_samples"."sample_id" asc limit $3;

-- uuid, text, uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> delivery_id uuid, sample_id uuid, barcode text, level text, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, result_sha256 text, to_char text, sample_id uuid
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "samples"."barcode", "delivery_samples"."level", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "jobs"."result_sha256", to_char("delivery_samples"."since" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "delivery_samples"."sample_id" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("delivery_samples"."organization_id" = $1 and "delivery_samples"."level" = $2 and "delivery_samples"."state" = 'in_review' and "delivery_samples"."is_open" and not exists ( select from "decisions" mine where mine.delivery_id = "delivery_samples"."delivery_id" and mine.sample_id = "delivery_samples"."sample_id" and mine.round = "delivery_samples"."round" and mine.level <> "delivery_samples"."level" and mine.user_id = $3 and not exists ( select from "decisions" later where later.delivery_id = mine.delivery_id and later.sample_id = mine.sample_id and later.round = mine.round and later.level = mine.level and later.sequence > mine.sequence)) and ("delivery_samples"."since" >= $4::timestamptz and ("delivery_samples"."since" > $5::timestamptz or ("delivery_samples"."since" = $6::timestamptz and "delivery_samples"."sample_id" > $7)))) order by "delivery_samples"."since" asc, "delivery_samples"."sample_id" asc limit $8;

-- uuid, text, uuid, bigint -> delivery_id uuid, sample_id uuid, barcode text, level text, since timestamp with time zone, claimed_by uuid, claimed_at timestamp with time zone, result_sha256 text, to_char text, sample_id uuid
select "delivery_samples"."delivery_id", "delivery_samples"."sample_id", "samples"."barcode", "delivery_samples"."level", "delivery_samples"."since", "delivery_samples"."claimed_by", "delivery_samples"."claimed_at", "jobs"."result_sha256", to_char("delivery_samples"."since" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "delivery_samples"."sample_id" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("delivery_samples"."organization_id" = $1 and "delivery_samples"."level" = $2 and "delivery_samples"."state" = 'in_review' and "delivery_samples"."is_open" and not exists ( select from "decisions" mine where mine.delivery_id = "delivery_samples"."delivery_id" and mine.sample_id = "delivery_samples"."sample_id" and mine.round = "delivery_samples"."round" and mine.level <> "delivery_samples"."level" and mine.user_id = $3 and not exists ( select from "decisions" later where later.delivery_id = mine.delivery_id and later.sample_id = mine.sample_id and later.round = mine.round and later.level = mine.level and later.sequence > mine.sequence))) order by "delivery_samples"."since" asc, "delivery_samples"."sample_id" asc limit $4;

-- boolean, uuid, uuid, bigint -> sample_id uuid
select "delivery_samples"."sample_id" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" where ("delivery_samples"."is_open" = $1 and ("samples"."job_id" = $2 or "delivery_samples"."pending_job_id" = $3)) limit $4;

-- uuid -> email text, name text
select "email", "name" from "users" where "users"."user_id" = $1;

-- uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where "webhook_endpoints"."endpoint_id" = $1;

-- uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where "webhook_endpoints"."endpoint_id" in (select "endpoint_id" from "webhook_messages" where "webhook_messages"."message_id" = $1) for update;

-- uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where "webhook_endpoints"."partner_id" = $1 for update;

-- uuid, uuid, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where ("webhook_endpoints"."endpoint_id" = $1 and "webhook_endpoints"."partner_id" = $2 and "webhook_endpoints"."organization_id" = $3 and ("webhook_endpoints"."disabled_reason" is null or "webhook_endpoints"."disabled_reason" <> 'removed'));

-- uuid, uuid, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where ("webhook_endpoints"."endpoint_id" = $1 and "webhook_endpoints"."partner_id" = $2 and "webhook_endpoints"."organization_id" = $3 and ("webhook_endpoints"."disabled_reason" is null or "webhook_endpoints"."disabled_reason" <> 'removed')) for update;

-- uuid, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where ("webhook_endpoints"."partner_id" = $1 and "webhook_endpoints"."organization_id" = $2 and "webhook_endpoints"."disabled_at" is null) order by "webhook_endpoints"."created_at" asc, "webhook_endpoints"."endpoint_id" asc;

-- uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since" from "webhook_endpoints" where ("webhook_endpoints"."partner_id" = $1 and ("webhook_endpoints"."disabled_reason" is null or "webhook_endpoints"."disabled_reason" <> 'removed')) order by "webhook_endpoints"."created_at" asc, "webhook_endpoints"."endpoint_id" asc;

-- uuid, uuid -> field text, sealed text, version integer
select "field", "sealed", "version" from "patient"."fields" where ("patient"."fields"."patient_id" = $1 and "patient"."fields"."organization_id" = $2) order by "patient"."fields"."field" asc;

-- uuid, bigint -> hash text, to_char text
select "hash", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."seq" = $2);

-- uuid, bigint -> invoice_id text, organization_id uuid, user_id uuid, number text, state text, amount_due bigint, amount_paid bigint, amount_refunded bigint, currency text, created_at timestamp with time zone, hosted_url text, payment_intent_id text, to_char text, invoice_id text
select "invoice_id", "organization_id", "user_id", "number", "state", "amount_due", "amount_paid", "amount_refunded", "currency", "created_at", "hosted_url", "payment_intent_id", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "invoice_id" from "invoices" where "invoices"."user_id" = $1 order by "invoices"."created_at" desc nulls last, "invoices"."invoice_id" desc nulls last limit $2;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, text, bigint -> invoice_id text, organization_id uuid, user_id uuid, number text, state text, amount_due bigint, amount_paid bigint, amount_refunded bigint, currency text, created_at timestamp with time zone, hosted_url text, payment_intent_id text, to_char text, invoice_id text
select "invoice_id", "organization_id", "user_id", "number", "state", "amount_due", "amount_paid", "amount_refunded", "currency", "created_at", "hosted_url", "payment_intent_id", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "invoice_id" from "invoices" where ("invoices"."user_id" = $1 and ("invoices"."created_at" <= $2::timestamptz and ("invoices"."created_at" < $3::timestamptz or ("invoices"."created_at" = $4::timestamptz and "invoices"."invoice_id" < $5)))) order by "invoices"."created_at" desc nulls last, "invoices"."invoice_id" desc nulls last limit $6;

-- uuid, bigint -> job_id uuid
select "job_id" from "jobs" where "jobs"."upload_id" = $1 limit $2;

-- uuid, uuid, bigint -> job_id uuid
select "job_id" from "jobs" where ("jobs"."upload_id" = $1 and "jobs"."job_id" <> $2 and "jobs"."erase_requested_at" is null) limit $3;

-- uuid, text -> job_id uuid
select "job_id" from "jobs" where ("jobs"."upload_id" = $1 and "jobs"."source" = $2);

-- uuid, text, bigint -> job_id uuid
select "job_id" from "restores" where ("restores"."upgrade_id" = $1 and "restores"."state" = $2) order by "restores"."job_id" asc limit $3;

-- uuid, text, double precision, bigint -> job_id uuid, generation integer
select "job_id", "generation" from "jobs" where ("jobs"."user_id" = $1 and "jobs"."result_state" = $2 and "jobs"."result_expires_at" <= now() + make_interval(secs => $3::float8)) order by "jobs"."job_id" asc limit $4;

--  -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs";

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where "jobs"."job_id" = $1;

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where "jobs"."user_id" = $1;

-- uuid, uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where ("jobs"."job_id" = $1 and "jobs"."organization_id" = $2) for share;

-- uuid, uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where ("jobs"."job_id" = $1 and "jobs"."user_id" = $2) for update;

-- text, text, uuid, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where ("jobs"."result_state" in ($1, $2) and "jobs"."erase_requested_at" is null and "jobs"."job_id" > $3) order by "jobs"."job_id" asc limit $4;

-- text, text, uuid, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where ("jobs"."result_state" in ($1, $2) and "jobs"."erase_requested_at" is null and "jobs"."job_id" in ($3)) order by "jobs"."job_id" asc limit $4;

-- text, text, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent" from "jobs" where ("jobs"."result_state" in ($1, $2) and "jobs"."erase_requested_at" is null) order by "jobs"."job_id" asc limit $3;

-- uuid, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, to_char text, job_id uuid
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent", to_char("submitted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "job_id" from "jobs" where "jobs"."user_id" = $1 order by "jobs"."submitted_at" desc nulls last, "jobs"."job_id" desc nulls last limit $2;

-- uuid, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, to_char text, job_id uuid
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent", to_char("submitted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "job_id" from "jobs" where ("jobs"."user_id" = $1 and "jobs"."status" = $2 and ("jobs"."submitted_at" <= $3::timestamptz and ("jobs"."submitted_at" < $4::timestamptz or ("jobs"."submitted_at" = $5::timestamptz and "jobs"."job_id" < $6)))) order by "jobs"."submitted_at" desc nulls last, "jobs"."job_id" desc nulls last limit $7;

-- uuid, text, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, to_char text, job_id uuid
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent", to_char("submitted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "job_id" from "jobs" where ("jobs"."user_id" = $1 and "jobs"."status" = $2) order by "jobs"."submitted_at" desc nulls last, "jobs"."job_id" desc nulls last limit $3;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, to_char text, job_id uuid
select "job_id", "organization_id", "user_id", "upload_id", "source", "file_name", "input_etag", "input_size_bytes", "genome", "consequence_mode", "status", "submitted_at", "started_at", "completed_at", "cancel_requested_at", "erase_requested_at", "error", "result_state", "generation", "result_expires_at", "result_prefix", "result_key", "result_moved_at", "result_size_bytes", "result_sha256", "results_file_archive_id", "records", "traceparent", to_char("submitted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "job_id" from "jobs" where ("jobs"."user_id" = $1 and ("jobs"."submitted_at" <= $2::timestamptz and ("jobs"."submitted_at" < $3::timestamptz or ("jobs"."submitted_at" = $4::timestamptz and "jobs"."job_id" < $5)))) order by "jobs"."submitted_at" desc nulls last, "jobs"."job_id" desc nulls last limit $6;

-- uuid, uuid, uuid, uuid, uuid, uuid, uuid, uuid, uuid -> job_id uuid, result_prefix text, result_key text, results_file_archive_id text, status text, result_state text
select "job_id", "result_prefix", "result_key", "results_file_archive_id", "status", "result_state" from "jobs" where "jobs"."job_id" in ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- text, text, text, text, text, text, text, bigint -> job_id uuid, generation integer, case text
select "jobs"."job_id", "jobs"."generation", case "jobs"."result_state" when 'live' then 'archive' when 'archiving' then 'resume' else 'restore' end from "jobs" inner join "users" on "users"."user_id" = "jobs"."user_id" where ("jobs"."erase_requested_at" is null and (("jobs"."result_state" = $1 and "users"."plan" = $2 and greatest("jobs"."completed_at", "jobs"."result_moved_at") < now() - interval '1 hour' and "jobs"."job_id" not in (select "job_id" from "restores" where "restores"."state" = $3)) or ("jobs"."result_state" = $4 and "users"."plan" = $5 and greatest("jobs"."completed_at", "jobs"."result_moved_at") < now() - interval '1 hour' and not exists ( select from "delivery_samples" join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" where "delivery_samples"."is_open" and ("samples"."job_id" = "jobs"."job_id" or "delivery_samples"."pending_job_id" = "jobs"."job_id")) and coalesce("jobs"."result_expires_at", '-infinity') < now() - interval '1 hour') or ("jobs"."result_state" in ($6, $7) and "jobs"."result_moved_at" < now() - interval '3 hours'))) order by "jobs"."result_moved_at" asc limit $8;

-- uuid, uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, phase text, records bigint, percent real, state text, error jsonb
select "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "job_progress"."phase", "job_progress"."records", "job_progress"."percent", "restores"."state", "restores"."error" from "jobs" left join "job_progress" on "job_progress"."job_id" = "jobs"."job_id" left join "restores" on "restores"."job_id" = "jobs"."job_id" where ("jobs"."job_id" = $1 and "jobs"."user_id" = $2);

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, job_id uuid, organization_id uuid, user_id uuid, upgrade_id uuid, state text, error jsonb, created_at timestamp with time zone, ended_at timestamp with time zone
select "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "restores"."job_id", "restores"."organization_id", "restores"."user_id", "restores"."upgrade_id", "restores"."state", "restores"."error", "restores"."created_at", "restores"."ended_at" from "jobs" left join "restores" on "restores"."job_id" = "jobs"."job_id" where "jobs"."job_id" = $1;

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, size_limit_bytes bigint
select "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "uploads"."size_limit_bytes" from "jobs" inner join "uploads" on "uploads"."upload_id" = "jobs"."upload_id" where "jobs"."job_id" = $1 for update of "jobs";

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, email text, name text
select "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "users"."email", "users"."name" from "jobs" inner join "users" on "users"."user_id" = "jobs"."user_id" where "jobs"."job_id" = $1;

-- uuid -> job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text, plan text
select "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent", "users"."plan" from "jobs" inner join "users" on "users"."user_id" = "jobs"."user_id" where "jobs"."job_id" = $1 for update of "jobs";

-- text, timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, bigint -> job_id uuid, user_id uuid, organization_id uuid, plan text, traceparent text, case text
select "jobs"."job_id", "jobs"."user_id", "jobs"."organization_id", "users"."plan", "jobs"."traceparent", case when not ("jobs"."status" in ('PENDING', 'RUNNING')) then 'erasure' when "jobs"."cancel_requested_at" is not null then 'cancellation' else 'annotation' end from "jobs" inner join "users" on "users"."user_id" = "jobs"."user_id" where (("jobs"."status" in ('PENDING', 'RUNNING') and (("jobs"."status" = $1 and "jobs"."submitted_at" < $2) or "jobs"."cancel_requested_at" < $3 or ("jobs"."started_at" < $4 and not exists (select "job_id" from "job_progress" where ("job_progress"."job_id" = "jobs"."job_id" and "job_progress"."updated_at" >= $5))))) or (not ("jobs"."status" in ('PENDING', 'RUNNING')) and ("jobs"."erase_requested_at" is not null and "jobs"."result_state" is distinct from 'deleted') and "jobs"."erase_requested_at" < $6)) order by random() limit $7;

--  -> key text
select "key" from "rate_limits";

-- uuid -> kind text
select "kind" from "organizations" where "organizations"."organization_id" = $1;

-- uuid, uuid -> level text, decision text, user_id uuid, on_behalf_of uuid, checksum text, round integer
select "level", "decision", "user_id", "on_behalf_of", "checksum", "round" from "decisions" where ("decisions"."delivery_id" = $1 and "decisions"."sample_id" = $2) order by "decisions"."sequence" asc;

-- uuid, uuid, integer -> level text, user_id uuid
select "level", "user_id" from "decisions" where ("decisions"."delivery_id" = $1 and "decisions"."sample_id" = $2 and "decisions"."round" = $3) order by "decisions"."sequence" asc;

-- uuid, text -> message_id uuid
select "message_id" from "webhook_messages" where ("webhook_messages"."organization_id" = $1 and "webhook_messages"."payload" #>> '{data,announcement_id}' = $2);

-- text, double precision, bigint -> message_id uuid
select "message_id" from "webhook_messages" where ("webhook_messages"."state" = $1 and ("webhook_messages"."ended_at" < now() - interval '1 minute' or ("webhook_messages"."created_at" < now() - interval '1 minute' and (select max("webhook_attempts"."at") from "webhook_attempts" where "webhook_attempts"."message_id" = "webhook_messages"."message_id") is null) or (select max("webhook_attempts"."at") from "webhook_attempts" where "webhook_attempts"."message_id" = "webhook_messages"."message_id") < now() - make_interval(secs => $2::float8))) order by random() limit $3;

-- uuid -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone
select "message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at" from "webhook_messages" where "webhook_messages"."message_id" = $1;

-- uuid -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone
select "message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at" from "webhook_messages" where "webhook_messages"."message_id" = $1 for update;

-- uuid, uuid -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone
select "message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at" from "webhook_messages" where ("webhook_messages"."message_id" = $1 and "webhook_messages"."endpoint_id" = $2) for update;

-- uuid, bigint -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone, to_char text, message_id uuid
select "message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "message_id" from "webhook_messages" where "webhook_messages"."endpoint_id" = $1 order by "webhook_messages"."created_at" desc nulls last, "webhook_messages"."message_id" desc nulls last limit $2;

-- text -> message_id text, organization_id uuid, job_id uuid, user_id uuid, occasion text, kind text, claimed_at timestamp with time zone, sent_at timestamp with time zone
select "message_id", "organization_id", "job_id", "user_id", "occasion", "kind", "claimed_at", "sent_at" from "mail_messages" where "mail_messages"."message_id" = $1;

-- uuid, text -> message_id text, organization_id uuid, job_id uuid, user_id uuid, occasion text, kind text, claimed_at timestamp with time zone, sent_at timestamp with time zone
select "message_id", "organization_id", "job_id", "user_id", "occasion", "kind", "claimed_at", "sent_at" from "mail_messages" where ("mail_messages"."organization_id" = $1 and "mail_messages"."kind" = $2);

--  -> name text
select "name" from "organizations";

-- boolean -> name text
select "name" from "references" where "references"."is_default" = $1;

--  -> name text, description text, files jsonb, contigs jsonb, is_default boolean, installed_at timestamp with time zone
select "name", "description", "files", "contigs", "is_default", "installed_at" from "references" order by "references"."name" asc;

-- boolean -> name text, description text, files jsonb, contigs jsonb, is_default boolean, installed_at timestamp with time zone
select "name", "description", "files", "contigs", "is_default", "installed_at" from "references" where "references"."is_default" = $1;

-- text -> name text, description text, files jsonb, contigs jsonb, is_default boolean, installed_at timestamp with time zone
select "name", "description", "files", "contigs", "is_default", "installed_at" from "references" where "references"."name" = $1;

-- uuid -> organization_id uuid
select "organization_id" from "deliveries" where "deliveries"."delivery_id" = $1;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "invoices" where "invoices"."organization_id" = $1 limit $2;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "jobs" where "jobs"."organization_id" = $1 limit $2;

-- uuid -> organization_id uuid
select "organization_id" from "organizations" where "organizations"."organization_id" = $1 for update;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "partners" where "partners"."organization_id" = $1 limit $2;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "samples" where "samples"."organization_id" = $1 limit $2;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "subscriptions" where "subscriptions"."organization_id" = $1 limit $2;

-- uuid, bigint -> organization_id uuid
select "organization_id" from "uploads" where "uploads"."organization_id" = $1 limit $2;

-- uuid -> organization_id uuid, name text, kind text, created_at timestamp with time zone
select "organization_id", "name", "kind", "created_at" from "organizations" where "organizations"."organization_id" = $1;

-- text, text, bigint -> organization_id uuid, name text, kind text, created_at timestamp with time zone
select "organization_id", "name", "kind", "created_at" from "organizations" where ("organizations"."kind" = $1 and "organizations"."name" = $2) order by "organizations"."created_at" asc limit $3;

-- uuid -> organization_id uuid, seq bigint, document_hash text, pending_seq bigint
select "organization_id", "seq", "document_hash", "pending_seq" from "audit_checkpoints" where "audit_checkpoints"."organization_id" = $1;

-- uuid -> organization_id uuid, seq bigint, hash text, at timestamp with time zone
select "organization_id", "seq", "hash", "at" from "audit_heads" where "audit_heads"."organization_id" = $1;

-- uuid -> name text, kind text, role text
select "organizations"."name", "organizations"."kind", "users"."role" from "users" inner join "organizations" on "organizations"."organization_id" = "users"."organization_id" where "users"."user_id" = $1;

-- uuid, uuid -> partner_id uuid, organization_id uuid, name text, email text, created_at timestamp with time zone, disabled_at timestamp with time zone
select "partner_id", "organization_id", "name", "email", "created_at", "disabled_at" from "partners" where ("partners"."partner_id" = $1 and "partners"."organization_id" = $2 and "partners"."disabled_at" is null);

-- uuid, uuid -> partner_id uuid, organization_id uuid, name text, email text, created_at timestamp with time zone, disabled_at timestamp with time zone
select "partner_id", "organization_id", "name", "email", "created_at", "disabled_at" from "partners" where ("partners"."partner_id" = $1 and "partners"."organization_id" = $2);

-- uuid, uuid -> partner_id uuid, organization_id uuid, name text, email text, created_at timestamp with time zone, disabled_at timestamp with time zone
select "partner_id", "organization_id", "name", "email", "created_at", "disabled_at" from "partners" where ("partners"."partner_id" = $1 and "partners"."organization_id" = $2) for update;

-- uuid, bigint -> partner_id uuid, organization_id uuid, name text, email text, created_at timestamp with time zone, disabled_at timestamp with time zone, to_char text, partner_id uuid
select "partner_id", "organization_id", "name", "email", "created_at", "disabled_at", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "partner_id" from "partners" where "partners"."organization_id" = $1 order by "partners"."created_at" desc nulls last, "partners"."partner_id" desc nulls last limit $2;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> partner_id uuid, organization_id uuid, name text, email text, created_at timestamp with time zone, disabled_at timestamp with time zone, to_char text, partner_id uuid
select "partner_id", "organization_id", "name", "email", "created_at", "disabled_at", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "partner_id" from "partners" where ("partners"."organization_id" = $1 and ("partners"."created_at" <= $2::timestamptz and ("partners"."created_at" < $3::timestamptz or ("partners"."created_at" = $4::timestamptz and "partners"."partner_id" < $5)))) order by "partners"."created_at" desc nulls last, "partners"."partner_id" desc nulls last limit $6;

-- uuid -> patient_id uuid, organization_id uuid, field text, sealed text, version integer, written_at timestamp with time zone
select "patient_id", "organization_id", "field", "sealed", "version", "written_at" from "patient"."fields" where "patient"."fields"."patient_id" = $1 order by "patient"."fields"."field" asc;

-- uuid -> patient_id uuid, organization_id uuid, wrapped_key text, key_id text, created_at timestamp with time zone, erased_at timestamp with time zone
select "patient_id", "organization_id", "wrapped_key", "key_id", "created_at", "erased_at" from "patient"."patients" where "patient"."patients"."patient_id" = $1;

-- uuid, uuid -> patient_id uuid, organization_id uuid, wrapped_key text, key_id text, created_at timestamp with time zone, erased_at timestamp with time zone
select "patient_id", "organization_id", "wrapped_key", "key_id", "created_at", "erased_at" from "patient"."patients" where ("patient"."patients"."patient_id" = $1 and "patient"."patients"."organization_id" = $2) for share;

-- uuid -> plan text
select "plan" from "users" where "users"."user_id" = (select "jobs"."user_id" from "jobs" where "jobs"."job_id" = $1) for share;

-- uuid -> plan text, organization_id uuid
select "plan", "organization_id" from "users" where "users"."user_id" = $1 for update;

-- text, uuid, text, bigint -> job_id uuid, file_name text, state text, error jsonb, to_char text, job_id uuid
select "restores"."job_id", "jobs"."file_name", "restores"."state", "restores"."error", to_char("restores"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "restores"."job_id" from "restores" inner join "jobs" on "jobs"."job_id" = "restores"."job_id" inner join "users" on ("users"."user_id" = "restores"."user_id" and "users"."plan" = $1) left join "subscriptions" on "subscriptions"."user_id" = "restores"."user_id" where ("restores"."user_id" = $2 and "restores"."upgrade_id" = coalesce("subscriptions"."upgrade_id", "restores"."user_id") and "restores"."state" = $3) order by "restores"."created_at" desc nulls last, "restores"."job_id" desc nulls last limit $4;

-- text, uuid, bigint -> job_id uuid, file_name text, state text, error jsonb, to_char text, job_id uuid
select "restores"."job_id", "jobs"."file_name", "restores"."state", "restores"."error", to_char("restores"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "restores"."job_id" from "restores" inner join "jobs" on "jobs"."job_id" = "restores"."job_id" inner join "users" on ("users"."user_id" = "restores"."user_id" and "users"."plan" = $1) left join "subscriptions" on "subscriptions"."user_id" = "restores"."user_id" where ("restores"."user_id" = $2 and "restores"."upgrade_id" = coalesce("subscriptions"."upgrade_id", "restores"."user_id")) order by "restores"."created_at" desc nulls last, "restores"."job_id" desc nulls last limit $3;

-- uuid, uuid -> role text
select "role" from "users" where ("users"."user_id" = $1 and "users"."organization_id" = $2);

-- uuid, uuid -> role text
select "role" from "users" where ("users"."user_id" = $1 and "users"."organization_id" = $2) for share;

-- uuid, text, text, uuid, bigint -> sample_id uuid
select "sample_id" from "delivery_samples" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."state" in ($2, $3) and "delivery_samples"."sample_id" > $4) order by "delivery_samples"."sample_id" asc limit $5;

-- uuid, text, text, bigint -> sample_id uuid
select "sample_id" from "delivery_samples" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."state" in ($2, $3)) order by "delivery_samples"."sample_id" asc limit $4;

-- uuid, boolean, bigint -> sample_id uuid, delivery_id uuid
select "sample_id", "delivery_id" from "delivery_samples" where ("delivery_samples"."sample_id" in ($1) and "delivery_samples"."is_open" = $2) limit $3;

-- uuid -> sample_id uuid, organization_id uuid, barcode text, job_id uuid, patient_id uuid, created_by uuid, created_at timestamp with time zone
select "sample_id", "organization_id", "barcode", "job_id", "patient_id", "created_by", "created_at" from "samples" where "samples"."sample_id" = $1;

-- uuid, uuid -> sample_id uuid, job_id uuid, organization_id uuid, user_id uuid, upload_id uuid, source text, file_name text, input_etag text, input_size_bytes bigint, genome text, consequence_mode text, status text, submitted_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, cancel_requested_at timestamp with time zone, erase_requested_at timestamp with time zone, error jsonb, result_state text, generation integer, result_expires_at timestamp with time zone, result_prefix text, result_key text, result_moved_at timestamp with time zone, result_size_bytes bigint, result_sha256 text, results_file_archive_id text, records bigint, traceparent text
select "samples"."sample_id", "jobs"."job_id", "jobs"."organization_id", "jobs"."user_id", "jobs"."upload_id", "jobs"."source", "jobs"."file_name", "jobs"."input_etag", "jobs"."input_size_bytes", "jobs"."genome", "jobs"."consequence_mode", "jobs"."status", "jobs"."submitted_at", "jobs"."started_at", "jobs"."completed_at", "jobs"."cancel_requested_at", "jobs"."erase_requested_at", "jobs"."error", "jobs"."result_state", "jobs"."generation", "jobs"."result_expires_at", "jobs"."result_prefix", "jobs"."result_key", "jobs"."result_moved_at", "jobs"."result_size_bytes", "jobs"."result_sha256", "jobs"."results_file_archive_id", "jobs"."records", "jobs"."traceparent" from "samples" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" where ("samples"."sample_id" in ($1) and "samples"."organization_id" = $2) order by "samples"."sample_id" asc for update;

-- uuid, text, uuid, bigint -> sample_id uuid, barcode text, round integer
select "samples"."sample_id", "samples"."barcode", "delivery_samples"."round" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."state" = $2 and "delivery_samples"."sample_id" > $3) order by "delivery_samples"."sample_id" asc limit $4;

-- uuid, text, bigint -> sample_id uuid, barcode text, round integer
select "samples"."sample_id", "samples"."barcode", "delivery_samples"."round" from "delivery_samples" inner join "samples" on "samples"."sample_id" = "delivery_samples"."sample_id" where ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."state" = $2) order by "delivery_samples"."sample_id" asc limit $3;

-- uuid, uuid -> sample_id uuid, barcode text, job_id uuid, patient_id uuid, result_sha256 text, state text, created_at timestamp with time zone
select "samples"."sample_id", "samples"."barcode", "samples"."job_id", "samples"."patient_id", "jobs"."result_sha256", "delivery_samples"."state", "samples"."created_at" from "samples" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" left join "delivery_samples" on ("delivery_samples"."sample_id" = "samples"."sample_id" and "delivery_samples"."is_open") where ("samples"."sample_id" = $1 and "samples"."organization_id" = $2);

-- uuid, bigint -> sample_id uuid, barcode text, job_id uuid, patient_id uuid, result_sha256 text, state text, created_at timestamp with time zone, to_char text, sample_id uuid
select "samples"."sample_id", "samples"."barcode", "samples"."job_id", "samples"."patient_id", "jobs"."result_sha256", "delivery_samples"."state", "samples"."created_at", to_char("samples"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "samples"."sample_id" from "samples" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" left join "delivery_samples" on ("delivery_samples"."sample_id" = "samples"."sample_id" and "delivery_samples"."is_open") where "samples"."organization_id" = $1 order by "samples"."created_at" desc nulls last, "samples"."sample_id" desc nulls last limit $2;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> sample_id uuid, barcode text, job_id uuid, patient_id uuid, result_sha256 text, state text, created_at timestamp with time zone, to_char text, sample_id uuid
select "samples"."sample_id", "samples"."barcode", "samples"."job_id", "samples"."patient_id", "jobs"."result_sha256", "delivery_samples"."state", "samples"."created_at", to_char("samples"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "samples"."sample_id" from "samples" inner join "jobs" on "jobs"."job_id" = "samples"."job_id" left join "delivery_samples" on ("delivery_samples"."sample_id" = "samples"."sample_id" and "delivery_samples"."is_open") where ("samples"."organization_id" = $1 and ("samples"."created_at" <= $2::timestamptz and ("samples"."created_at" < $3::timestamptz or ("samples"."created_at" = $4::timestamptz and "samples"."sample_id" < $5)))) order by "samples"."created_at" desc nulls last, "samples"."sample_id" desc nulls last limit $6;

-- uuid, text -> sent_at timestamp with time zone
select "sent_at" from "mail_messages" where ("mail_messages"."job_id" = $1 and "mail_messages"."kind" = $2);

-- uuid, text, text -> sent_at timestamp with time zone
select "sent_at" from "mail_messages" where ("mail_messages"."user_id" = $1 and "mail_messages"."kind" = $2 and "mail_messages"."occasion" = $3);

-- uuid, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where "audit_log"."organization_id" = $1 order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $2;

-- uuid, text, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."actor" = $2) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $3;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, bigint, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."at" >= $2::timestamptz and "audit_log"."at" < $3::timestamptz and ("audit_log"."at" <= $4::timestamptz and ("audit_log"."at" < $5::timestamptz or ("audit_log"."at" = $6::timestamptz and "audit_log"."seq" < $7)))) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $8;

-- uuid, timestamp with time zone, timestamp with time zone, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."at" >= $2::timestamptz and "audit_log"."at" < $3::timestamptz) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $4;

-- uuid, timestamp with time zone, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."at" >= $2::timestamptz) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $3;

-- uuid, text, text, timestamp with time zone, timestamp with time zone, timestamp with time zone, bigint, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity" = $2 and "audit_log"."actor" = $3 and ("audit_log"."at" <= $4::timestamptz and ("audit_log"."at" < $5::timestamptz or ("audit_log"."at" = $6::timestamptz and "audit_log"."seq" < $7)))) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $8;

-- uuid, text, text, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity" = $2 and "audit_log"."actor" = $3) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $4;

-- uuid, text, text, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity" = $2 and "audit_log"."entity_id" = $3) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $4;

-- uuid, text, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity" = $2) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $3;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, bigint, bigint -> seq bigint, to_char text, actor text, action text, entity text, entity_id text, details jsonb, details text, prev_hash text, hash text
select "seq", to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "actor", "action", "entity", "entity_id", "details", "details"::text, "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and ("audit_log"."at" <= $2::timestamptz and ("audit_log"."at" < $3::timestamptz or ("audit_log"."at" = $4::timestamptz and "audit_log"."seq" < $5)))) order by "audit_log"."at" desc nulls last, "audit_log"."seq" desc nulls last limit $6;

-- uuid, text, text, jsonb, bigint -> sequence bigint
select "sequence" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."entity_id" = $2 and "audit_log"."action" = $3 and "audit_log"."details" @> $4::jsonb) limit $5;

-- uuid -> sequence bigint, decision_id uuid, organization_id uuid, delivery_id uuid, sample_id uuid, round integer, level text, decision text, user_id uuid, signer_name text, role text, on_behalf_of uuid, meaning text, reason_code text, comment text, follow_up text, job_id uuid, checksum text, authenticated_at timestamp with time zone, at timestamp with time zone
select "sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at" from "decisions" where "decisions"."decision_id" = $1;

-- uuid -> sequence bigint, decision_id uuid, organization_id uuid, delivery_id uuid, sample_id uuid, round integer, level text, decision text, user_id uuid, signer_name text, role text, on_behalf_of uuid, meaning text, reason_code text, comment text, follow_up text, job_id uuid, checksum text, authenticated_at timestamp with time zone, at timestamp with time zone
select "sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at" from "decisions" where "decisions"."sample_id" = $1;

-- uuid, uuid -> sequence bigint, decision_id uuid, organization_id uuid, delivery_id uuid, sample_id uuid, round integer, level text, decision text, user_id uuid, signer_name text, role text, on_behalf_of uuid, meaning text, reason_code text, comment text, follow_up text, job_id uuid, checksum text, authenticated_at timestamp with time zone, at timestamp with time zone
select "sequence", "decision_id", "organization_id", "delivery_id", "sample_id", "round", "level", "decision", "user_id", "signer_name", "role", "on_behalf_of", "meaning", "reason_code", "comment", "follow_up", "job_id", "checksum", "authenticated_at", "at" from "decisions" where ("decisions"."delivery_id" = $1 and "decisions"."sample_id" in ($2)) order by "decisions"."sequence" asc;

-- text -> sequence bigint, event_id uuid, organization_id uuid, type text, subject text, data jsonb, occurred_at timestamp with time zone, published_at timestamp with time zone
select "sequence", "event_id", "organization_id", "type", "subject", "data", "occurred_at", "published_at" from "outbox" where "outbox"."subject" = $1;

--  -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log";

--  -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" "auditLog";

-- text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where "audit_log"."actor" like $1 order by "audit_log"."sequence";

-- text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where "audit_log"."entity_id" = $1;

-- text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where "audit_log"."entity_id" = $1 order by "audit_log"."seq";

-- text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where "audit_log"."entity_id" = $1 order by "audit_log"."sequence";

-- text, text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where ("audit_log"."entity_id" = $1 and "audit_log"."action" = $2);

-- uuid, text -> sequence bigint, organization_id uuid, at timestamp with time zone, actor text, action text, entity text, entity_id text, details jsonb, seq bigint, prev_hash text, hash text
select "sequence", "organization_id", "at", "actor", "action", "entity", "entity_id", "details", "seq", "prev_hash", "hash" from "audit_log" where ("audit_log"."organization_id" = $1 and "audit_log"."action" = $2) order by "audit_log"."sequence" asc;

-- uuid, bigint, bigint, bigint -> sequence bigint, seq text, organization_id uuid, coalesce text, actor text, action text, entity text, entity_id text, details text, prev_hash text, hash text
select "sequence", "seq"::text, "organization_id", coalesce(to_char("audit_log"."at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "at"::text), "actor", "action", "entity", "entity_id", "details"::text, "prev_hash", "hash" from "audit_log" where "audit_log"."organization_id" = $1 and ("audit_log"."seq", "audit_log"."sequence") > ($2::bigint, $3::bigint) order by "audit_log"."seq" asc, "audit_log"."sequence" asc limit $4;

-- uuid, bigint -> sequence bigint, seq text, organization_id uuid, coalesce text, actor text, action text, entity text, entity_id text, details text, prev_hash text, hash text
select "sequence", "seq"::text, "organization_id", coalesce(to_char("audit_log"."at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "at"::text), "actor", "action", "entity", "entity_id", "details"::text, "prev_hash", "hash" from "audit_log" where "audit_log"."organization_id" = $1 order by "audit_log"."seq" asc, "audit_log"."sequence" asc limit $2;

-- text -> token_id uuid, organization_id uuid, caller text, audience text, partner_id uuid, scopes text[], prefix text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone, disabled_at timestamp with time zone
select "service_tokens"."token_id", "service_tokens"."organization_id", "service_tokens"."caller", "service_tokens"."audience", "service_tokens"."partner_id", "service_tokens"."scopes", "service_tokens"."prefix", "service_tokens"."created_at", "service_tokens"."expires_at", "service_tokens"."last_used_at", "service_tokens"."revoked_at", "partners"."disabled_at" from "service_tokens" left join "partners" on "partners"."partner_id" = "service_tokens"."partner_id" where ("service_tokens"."token_hash" = $1 and ("service_tokens"."revoked_at" is null and "service_tokens"."expires_at" > now()));

-- text -> state text
select "state" from "deliveries" where "deliveries"."delivery_id"::text = $1 for share;

--  -> state text, count bigint
select "state", count(*) from "deliveries" group by "deliveries"."state";

--  -> state text, count bigint
select "state", count(*) from "webhook_messages" group by "webhook_messages"."state";

-- uuid -> state text, count integer
select "state", count(*)::int from "delivery_samples" where "delivery_samples"."delivery_id" = $1 group by "delivery_samples"."state";

-- uuid -> status text
select "status" from "jobs" where "jobs"."job_id" = $1;

--  -> status text, count bigint
select "status", count(*) from "jobs" group by "jobs"."status";

-- text -> user_id uuid, organization_id uuid, customer_id text, checkout_session_id text, checkout_url text, checkout_expires_at timestamp with time zone, payment_refusal text, state text, stripe_subscription_id text, current_period_end timestamp with time zone, cancel_at_period_end boolean, grace_ends_at timestamp with time zone, upgrade_id uuid, archive_due_at timestamp with time zone, synced_at timestamp with time zone, created_at timestamp with time zone, plan text
select "subscriptions"."user_id", "subscriptions"."organization_id", "subscriptions"."customer_id", "subscriptions"."checkout_session_id", "subscriptions"."checkout_url", "subscriptions"."checkout_expires_at", "subscriptions"."payment_refusal", "subscriptions"."state", "subscriptions"."stripe_subscription_id", "subscriptions"."current_period_end", "subscriptions"."cancel_at_period_end", "subscriptions"."grace_ends_at", "subscriptions"."upgrade_id", "subscriptions"."archive_due_at", "subscriptions"."synced_at", "subscriptions"."created_at", "users"."plan" from "subscriptions" inner join "users" on "users"."user_id" = "subscriptions"."user_id" where "subscriptions"."customer_id" in ($1);

--  -> token_hash text, user_id uuid, organization_id uuid, created_at timestamp with time zone, expires_at timestamp with time zone, authenticated_at timestamp with time zone, id_token text
select "token_hash", "user_id", "organization_id", "created_at", "expires_at", "authenticated_at", "id_token" from "sessions";

-- uuid, bigint -> token_id uuid, organization_id uuid, caller text, audience text, partner_id uuid, scopes text[], prefix text, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone
select "token_id", "organization_id", "caller", "audience", "partner_id", "scopes", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at" from "service_tokens" where ("service_tokens"."partner_id" = $1 and "service_tokens"."revoked_at" is null and "service_tokens"."expires_at" > now() - interval '30 days') order by "service_tokens"."created_at" desc, "service_tokens"."token_id" desc limit $2;

-- uuid, timestamp with time zone, timestamp with time zone, timestamp with time zone, uuid, bigint -> upload_id uuid, file_name text, coalesce double precision, received_at timestamp with time zone, to_char text, upload_id uuid
select "upload_id", "file_name", coalesce("size_bytes", 0)::float8, "received_at", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "upload_id" from "uploads" where ("uploads"."user_id" = $1 and "uploads"."received_at" is not null and "uploads"."removed_at" is null and ("uploads"."created_at" <= $2::timestamptz and ("uploads"."created_at" < $3::timestamptz or ("uploads"."created_at" = $4::timestamptz and "uploads"."upload_id" < $5)))) order by "uploads"."created_at" desc nulls last, "uploads"."upload_id" desc nulls last limit $6;

-- uuid, bigint -> upload_id uuid, file_name text, coalesce double precision, received_at timestamp with time zone, to_char text, upload_id uuid
select "upload_id", "file_name", coalesce("size_bytes", 0)::float8, "received_at", to_char("created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "upload_id" from "uploads" where ("uploads"."user_id" = $1 and "uploads"."received_at" is not null and "uploads"."removed_at" is null) order by "uploads"."created_at" desc nulls last, "uploads"."upload_id" desc nulls last limit $2;

-- uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where "uploads"."upload_id" = $1 for update;

-- uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where ("uploads"."upload_id" = $1 and "uploads"."removed_at" is null);

-- uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where ("uploads"."upload_id" = $1 and "uploads"."removed_at" is null) for update;

-- uuid, uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where ("uploads"."upload_id" = $1 and "uploads"."user_id" = $2 and "uploads"."removed_at" is null);

-- uuid, uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where ("uploads"."upload_id" = $1 and "uploads"."user_id" = $2 and "uploads"."removed_at" is null) for update;

-- uuid, bigint -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
select "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at" from "uploads" where ("uploads"."user_id" = $1 and "uploads"."received_at" is null and "uploads"."removed_at" is null and "uploads"."expires_at" > now() - interval '1 hour') order by "uploads"."created_at" desc nulls last, "uploads"."upload_id" desc nulls last limit $2;

-- timestamp with time zone, bigint -> upload_id uuid, multipart_upload_id text
select "uploads"."upload_id", "uploads"."multipart_upload_id" from "uploads" left join "jobs" on "jobs"."upload_id" = "uploads"."upload_id" where ("uploads"."expires_at" < $1 and (("uploads"."removed_at" is null and "jobs"."job_id" is null) or "uploads"."removed_at" > now() - interval '4 days')) order by "uploads"."removed_at" asc nulls first, "uploads"."expires_at" asc limit $2;

-- timestamp with time zone, bigint -> user_id uuid
select "user_id" from "billing_events" where ("billing_events"."told_at" is null and "billing_events"."user_id" is not null and "billing_events"."received_at" < $1) order by "billing_events"."received_at" asc limit $2;

-- uuid -> user_id uuid
select "user_id" from "jobs" where "jobs"."job_id" = $1;

-- text, bigint -> user_id uuid
select "user_id" from "subscriptions" where ("subscriptions"."archive_due_at" < now() - interval '10 minutes' or "subscriptions"."grace_ends_at" < now() - interval '10 minutes' or ("subscriptions"."state" = $1 and "subscriptions"."checkout_expires_at" < now() - interval '10 minutes') or ("subscriptions"."upgrade_id" is not null and "subscriptions"."synced_at" < now() - interval '1 day') or ("subscriptions"."upgrade_id" is not null and exists (select from "restores" where "restores"."upgrade_id" = "subscriptions"."upgrade_id" and "restores"."state" = 'waiting' and "restores"."created_at" < now() - interval '10 minutes'))) order by random() limit $2;

-- uuid, uuid -> user_id uuid
select "user_id" from "users" where ("users"."user_id" = $1 and "users"."organization_id" = $2) for share;

-- uuid, text -> user_id uuid, email text, name text
select "user_id", "email", "name" from "users" where ("users"."organization_id" = $1 and "users"."role" = $2);

-- uuid -> user_id uuid, email text, name text, role text
select "user_id", "email", "name", "role" from "users" where "users"."organization_id" = $1 order by "users"."created_at" asc, "users"."user_id" asc;

-- uuid -> user_id uuid, organization_id uuid, customer_id text, checkout_session_id text, checkout_url text, checkout_expires_at timestamp with time zone, payment_refusal text, state text, stripe_subscription_id text, current_period_end timestamp with time zone, cancel_at_period_end boolean, grace_ends_at timestamp with time zone, upgrade_id uuid, archive_due_at timestamp with time zone, synced_at timestamp with time zone, created_at timestamp with time zone
select "user_id", "organization_id", "customer_id", "checkout_session_id", "checkout_url", "checkout_expires_at", "payment_refusal", "state", "stripe_subscription_id", "current_period_end", "cancel_at_period_end", "grace_ends_at", "upgrade_id", "archive_due_at", "synced_at", "created_at" from "subscriptions" where "subscriptions"."user_id" = $1;

-- uuid, text -> user_id uuid, organization_id uuid, email text, name text
select "user_id", "organization_id", "email", "name" from "users" where ("users"."organization_id" = $1 and "users"."role" in ($2)) order by "users"."user_id" asc;

-- uuid -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where "users"."user_id" = $1;

-- uuid -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where "users"."user_id" = $1 for update;

-- text, text -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where ("users"."issuer" = $1 and "users"."subject" = $2);

-- uuid, uuid -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where ("users"."user_id" = $1 and "users"."organization_id" = $2) for share;

-- uuid, uuid -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where ("users"."user_id" = $1 and "users"."organization_id" = $2) for update;

-- text, bigint -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
select "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at" from "users" where lower("users"."email") = lower($1) limit $2 for update;

-- uuid, text -> user_id uuid, organization_id uuid, key text, request_hash text, job_id uuid, created_at timestamp with time zone
select "user_id", "organization_id", "key", "request_hash", "job_id", "created_at" from "idempotency_keys" where ("idempotency_keys"."user_id" = $1 and "idempotency_keys"."key" = $2);

-- uuid -> plan text, user_id uuid, organization_id uuid, customer_id text, checkout_session_id text, checkout_url text, checkout_expires_at timestamp with time zone, payment_refusal text, state text, stripe_subscription_id text, current_period_end timestamp with time zone, cancel_at_period_end boolean, grace_ends_at timestamp with time zone, upgrade_id uuid, archive_due_at timestamp with time zone, synced_at timestamp with time zone, created_at timestamp with time zone
select "users"."plan", "subscriptions"."user_id", "subscriptions"."organization_id", "subscriptions"."customer_id", "subscriptions"."checkout_session_id", "subscriptions"."checkout_url", "subscriptions"."checkout_expires_at", "subscriptions"."payment_refusal", "subscriptions"."state", "subscriptions"."stripe_subscription_id", "subscriptions"."current_period_end", "subscriptions"."cancel_at_period_end", "subscriptions"."grace_ends_at", "subscriptions"."upgrade_id", "subscriptions"."archive_due_at", "subscriptions"."synced_at", "subscriptions"."created_at" from "users" left join "subscriptions" on "subscriptions"."user_id" = "users"."user_id" where "users"."user_id" = $1;

-- uuid, uuid -> role text
select "users"."role" from "delegations" inner join "users" on "users"."user_id" = "delegations"."user_id" where (("delegations"."revoked_at" is null and "delegations"."starts_at" <= now() and "delegations"."ends_at" > now()) and "delegations"."delegate_id" = $1 and "users"."organization_id" = $2);

-- text -> user_id uuid, sent_at timestamp with time zone
select "users"."user_id", "mail_messages"."sent_at" from "mail_messages" inner join "users" on "users"."user_id" = "mail_messages"."user_id" where "mail_messages"."kind" = $1;

-- uuid, uuid, uuid, text -> user_id uuid, organization_id uuid, email text, name text
select "users"."user_id", "users"."organization_id", "users"."email", "users"."name" from "users" inner join "delivery_samples" on ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."sample_id" = $2) where ("users"."organization_id" = $3 and "users"."role" = $4 and not exists ( select from "decisions" mine where mine.delivery_id = "delivery_samples"."delivery_id" and mine.sample_id = "delivery_samples"."sample_id" and mine.round = "delivery_samples"."round" and mine.level <> "delivery_samples"."level" and mine.user_id = "users"."user_id" and not exists ( select from "decisions" later where later.delivery_id = mine.delivery_id and later.sample_id = mine.sample_id and later.round = mine.round and later.level = mine.level and later.sequence > mine.sequence))) order by "users"."user_id" asc;

-- uuid, uuid, uuid, text, uuid -> user_id uuid, organization_id uuid, email text, name text
select "users"."user_id", "users"."organization_id", "users"."email", "users"."name" from "users" inner join "delivery_samples" on ("delivery_samples"."delivery_id" = $1 and "delivery_samples"."sample_id" = $2) where ("users"."organization_id" = $3 and ("users"."role" = $4 or "users"."user_id" in ($5)) and not exists ( select from "decisions" mine where mine.delivery_id = "delivery_samples"."delivery_id" and mine.sample_id = "delivery_samples"."sample_id" and mine.round = "delivery_samples"."round" and mine.level <> "delivery_samples"."level" and mine.user_id = "users"."user_id" and not exists ( select from "decisions" later where later.delivery_id = mine.delivery_id and later.sample_id = mine.sample_id and later.round = mine.round and later.level = mine.level and later.sequence > mine.sequence))) order by "users"."user_id" asc;

-- text -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone, authenticated_at timestamp with time zone
select "users"."user_id", "users"."organization_id", "users"."issuer", "users"."subject", "users"."email", "users"."name", "users"."role", "users"."plan", "users"."created_at", "sessions"."authenticated_at" from "sessions" inner join "users" on "users"."user_id" = "sessions"."user_id" where ("sessions"."token_hash" = $1 and "sessions"."expires_at" > now());

-- uuid, uuid, text, bigint -> user_id uuid, role text
select "users"."user_id", "users"."role" from "delegations" inner join "users" on "users"."user_id" = "delegations"."user_id" where ("delegations"."delegate_id" = $1 and "users"."organization_id" = $2 and "users"."role" = $3 and "delegations"."revoked_at" is null and "delegations"."starts_at" <= now() and "delegations"."ends_at" > now()) limit $4 for share;

-- uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone, name text
select "webhook_endpoints"."endpoint_id", "webhook_endpoints"."organization_id", "webhook_endpoints"."partner_id", "webhook_endpoints"."url", "webhook_endpoints"."secrets", "webhook_endpoints"."created_at", "webhook_endpoints"."disabled_at", "webhook_endpoints"."disabled_reason", "webhook_endpoints"."failures_in_a_row", "webhook_endpoints"."failing_since", "partners"."name" from "webhook_endpoints" inner join "partners" on "partners"."partner_id" = "webhook_endpoints"."partner_id" where "webhook_endpoints"."endpoint_id" = $1;

-- uuid -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone, endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
select "webhook_messages"."message_id", "webhook_messages"."organization_id", "webhook_messages"."endpoint_id", "webhook_messages"."event_type", "webhook_messages"."payload", "webhook_messages"."state", "webhook_messages"."is_test", "webhook_messages"."created_at", "webhook_messages"."ended_at", "webhook_endpoints"."endpoint_id", "webhook_endpoints"."organization_id", "webhook_endpoints"."partner_id", "webhook_endpoints"."url", "webhook_endpoints"."secrets", "webhook_endpoints"."created_at", "webhook_endpoints"."disabled_at", "webhook_endpoints"."disabled_reason", "webhook_endpoints"."failures_in_a_row", "webhook_endpoints"."failing_since" from "webhook_messages" inner join "webhook_endpoints" on "webhook_endpoints"."endpoint_id" = "webhook_messages"."endpoint_id" where "webhook_messages"."message_id" = $1;

-- uuid -> count integer, count integer
select (count(*) filter (where "state" in ('in_review', 'reannotating')))::int, (count(*) filter (where "state" = 'accepted'))::int from "delivery_samples" where "delivery_samples"."delivery_id" = $1;

--  -> active integer, failing integer, disabled integer
select (count(*) filter (where disabled_at is null and failing_since is null))::int as active, (count(*) filter (where disabled_at is null and failing_since is not null))::int as failing, (count(*) filter (where disabled_reason in ('gone', 'failing')))::int as disabled from webhook_endpoints;

--  -> until text
select (now() - interval '5 seconds')::text as until;

--  -> ?column? integer
select 1;

--  -> id integer
select 1 as id from delegations;

--  -> id integer
select 1 as id from patient.fields;

--  -> id integer
select 1 as id from patient.patients;

--  -> name text, isEnabled boolean, isForced boolean, isOwned boolean
select c.oid::regclass::text as name, relrowsecurity as "isEnabled", relforcerowsecurity as "isForced", exists (select from pg_attribute where attrelid = c.oid and attname = 'organization_id') as "isOwned" from pg_class c where relnamespace in ('public'::regnamespace, 'patient'::regnamespace) and relkind in ('r', 'p') order by relname;

--  -> count double precision, oldestSeconds double precision, isRelayed boolean
select coalesce(last.sequence - waiting.sequence + 1, 0)::float8 as count, coalesce(extract(epoch from now() - waiting.occurred_at), 0)::float8 as "oldestSeconds", coalesce(waiting.sequence > first.sequence or (waiting.sequence is null and first.sequence is not null), false) as "isRelayed" from (select 1) as one left join lateral (select sequence from outbox order by sequence limit 1) as first on true left join lateral (select sequence from outbox order by sequence desc limit 1) as last on true left join lateral (select sequence, occurred_at from outbox where published_at is null order by sequence limit 1) as waiting on true;

-- uuid -> count bigint
select count(*) as count from "api_keys" where ("api_keys"."user_id" = $1 and "api_keys"."revoked_at" is null and ("api_keys"."expires_at" is null or "api_keys"."expires_at" > now()));;

-- uuid -> count bigint
select count(*) as count from "audit_log" where "audit_log"."organization_id" = $1;;

-- uuid -> count bigint
select count(*) as count from "service_tokens" where ("service_tokens"."partner_id" = $1 and ("service_tokens"."revoked_at" is null and "service_tokens"."expires_at" > now()));;

-- uuid, text -> count bigint
select count(*) as count from "users" where ("users"."organization_id" = $1 and "users"."role" = $2);;

-- uuid -> count bigint
select count(*) as count from "webhook_endpoints" where ("webhook_endpoints"."partner_id" = $1 and ("webhook_endpoints"."disabled_reason" is null or "webhook_endpoints"."disabled_reason" <> 'removed'));;

--  -> count integer, oldestSeconds double precision
select count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(created_at)), 0), 0)::float8 as "oldestSeconds" from webhook_messages where state = 'pending';

-- double precision -> count integer, oldestSeconds double precision
select count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(h.at)), 0), 0)::float8 as "oldestSeconds" from audit_heads h left join audit_checkpoints c using (organization_id) where h.seq > coalesce(c.seq, 0) and h.at < now() - make_interval(secs => $1::float8);

--  -> count integer, oldestSeconds double precision
select count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(received_at)), 0), 0)::float8 as "oldestSeconds" from billing_events where told_at is null and user_id is not null;

--  -> n integer
select count(*)::int as n from jobs;

-- uuid -> rows integer
select count(*)::int as rows from api_keys where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from api_keys where true;

-- uuid -> rows integer
select count(*)::int as rows from audit_checkpoints where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from audit_checkpoints where true;

-- uuid -> rows integer
select count(*)::int as rows from audit_heads where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from audit_heads where true;

-- uuid -> rows integer
select count(*)::int as rows from audit_log where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from audit_log where true;

-- uuid -> rows integer
select count(*)::int as rows from decisions where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from decisions where true;

-- uuid -> rows integer
select count(*)::int as rows from delegations where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from delegations where true;

-- uuid -> rows integer
select count(*)::int as rows from deliveries where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from deliveries where true;

-- uuid -> rows integer
select count(*)::int as rows from delivery_samples where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from delivery_samples where true;

-- uuid -> rows integer
select count(*)::int as rows from idempotency_keys where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from idempotency_keys where true;

-- uuid -> rows integer
select count(*)::int as rows from invoices where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from invoices where true;

-- uuid -> rows integer
select count(*)::int as rows from job_progress where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from job_progress where true;

-- uuid -> rows integer
select count(*)::int as rows from jobs where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from jobs where true;

-- uuid -> rows integer
select count(*)::int as rows from mail_messages where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from mail_messages where true;

-- uuid -> rows integer
select count(*)::int as rows from organizations where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from organizations where true;

-- uuid -> rows integer
select count(*)::int as rows from outbox where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from outbox where true;

-- uuid -> rows integer
select count(*)::int as rows from partners where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from partners where true;

-- uuid -> rows integer
select count(*)::int as rows from patient.fields where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from patient.fields where true;

-- uuid -> rows integer
select count(*)::int as rows from patient.patients where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from patient.patients where true;

-- uuid -> rows integer
select count(*)::int as rows from restores where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from restores where true;

-- uuid -> rows integer
select count(*)::int as rows from samples where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from samples where true;

-- uuid -> rows integer
select count(*)::int as rows from service_tokens where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from service_tokens where true;

-- uuid -> rows integer
select count(*)::int as rows from sessions where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from sessions where true;

-- uuid -> rows integer
select count(*)::int as rows from subscriptions where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from subscriptions where true;

-- uuid -> rows integer
select count(*)::int as rows from uploads where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from uploads where true;

-- uuid -> rows integer
select count(*)::int as rows from users where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from users where true;

-- uuid -> rows integer
select count(*)::int as rows from webhook_attempts where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from webhook_attempts where true;

-- uuid -> rows integer
select count(*)::int as rows from webhook_endpoints where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from webhook_endpoints where true;

-- uuid -> rows integer
select count(*)::int as rows from webhook_messages where organization_id = $1::uuid;

--  -> rows integer
select count(*)::int as rows from webhook_messages where true;

-- uuid -> count integer
select count(*)::int from "restores" where "restores"."upgrade_id" = $1;

--  -> count integer
select count(*)::int from "sessions";

--  -> count integer
select count(*)::int from "sign_ins";

-- uuid -> count integer, count integer, count integer
select count(*)::int, (count(*) filter (where "state" = 'restored'))::int, (count(*) filter (where "state" = 'failed'))::int from "restores" where "restores"."upgrade_id" = $1;

-- uuid, text -> count integer, count integer, count integer
select count(*)::int, (count(*) filter (where "state" = 'restored'))::int, (count(*) filter (where "state" = 'failed'))::int from "restores" where ("restores"."upgrade_id" = $1 and "restores"."state" <> $2);

--  -> id uuid
select delivery_id as id from decisions;

--  -> id uuid
select delivery_id as id from deliveries;

--  -> id uuid
select delivery_id as id from delivery_samples;

-- text, uuid -> delegate_id uuid
select distinct "delegations"."delegate_id" from "delegations" inner join "users" on "users"."user_id" = "delegations"."user_id" where (("delegations"."revoked_at" is null and "delegations"."starts_at" <= now() and "delegations"."ends_at" > now()) and "users"."role" = $1 and "users"."organization_id" = $2);

-- text, text, text, text, bigint -> endpoint_id uuid
select distinct "webhook_endpoints"."endpoint_id" from "webhook_endpoints" inner join "users" on ("users"."organization_id" = "webhook_endpoints"."organization_id" and "users"."role" = $1) where ("webhook_endpoints"."disabled_reason" in ($2, $3) and "webhook_endpoints"."disabled_at" > now() - interval '7 days' and not exists (select from "mail_messages" m where m.user_id = "users"."user_id" and m.kind = $4 and m.sent_at is not null and m.occasion = "webhook_endpoints"."endpoint_id" || '/' || round(extract(epoch from "webhook_endpoints"."disabled_at") * 1000)::bigint)) limit $5;

--  -> id uuid
select endpoint_id as id from webhook_messages;

--  -> event_id text, user_id uuid, told_at timestamp with time zone
select event_id, user_id, told_at from billing_events;

-- text -> extract integer
select extract(epoch from now() - min("created_at"))::int from "webhook_messages" where "webhook_messages"."state" = $1;

--  -> hash text
select hash from drizzle.__drizzle_migrations order by created_at;

-- text -> status text, plan text, genome text, count integer, oldestSeconds double precision
select j.status, u.plan, coalesce(r.name, $1) as genome, count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(coalesce(j.started_at, j.submitted_at))), 0), 0)::float8 as "oldestSeconds" from jobs j join users u using (user_id) left join "references" r on r.name = j.genome where j.status in ('PENDING', 'RUNNING') group by 1, 2, 3;

-- text, timestamp with time zone, timestamp with time zone -> status text, plan text, genome text, error text, count integer
select j.status, u.plan, coalesce(r.name, $1) as genome, j.error ->> 'type' as error, count(*)::int as count from jobs j join users u using (user_id) left join "references" r on r.name = j.genome where "completed_at" > $2::timestamptz and "completed_at" <= $3::timestamptz group by 1, 2, 3, 4;

--  -> knows_migrations integer
select knows_migrations from drizzle.oldest_process;

-- double precision -> level text, count integer, oldestSeconds double precision, overdue integer
select level, count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(since)), 0), 0)::float8 as "oldestSeconds", (count(*) filter (where since < now() - make_interval(secs => $1::float8)))::int as overdue from delivery_samples where state = 'in_review' and is_open group by 1;

--  -> id uuid
select message_id as id from webhook_attempts;

--  -> id uuid
select partner_id as id from deliveries;

--  -> id uuid
select partner_id as id from partners;

--  -> id uuid
select partner_id as id from webhook_endpoints;

-- text -> pg_advisory_xact_lock void
select pg_advisory_xact_lock(hashtext($1));

-- text, text -> pg_advisory_xact_lock void
select pg_advisory_xact_lock(hashtext($1), hashtext($2));

-- text, text -> pg_notify void
select pg_notify($1, $2);

--  -> relname name
select relname from pg_stat_xact_user_tables where seq_scan > 0;

--  -> state text, count integer
select result_state as state, count(*)::int as count from jobs where result_state is not null group by 1;

--  -> state text, count integer, oldestSeconds double precision
select result_state as state, count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(result_moved_at)), 0), 0)::float8 as "oldestSeconds" from jobs where result_state in ('archiving', 'restoring') group by 1;

--  -> id uuid
select sample_id as id from samples;

-- text -> set_config text
select set_config('statement_timeout', $1, true);

-- text, text, text -> set_config text, set_config text, set_config text
select set_config('varloom.principal_kind', $1, true), set_config('varloom.organization_id', $2, true), set_config('varloom.partner_id', $3, true);

-- timestamp with time zone, timestamp with time zone -> state text, count integer
select state, count(*)::int as count from webhook_messages where state <> 'pending' and "ended_at" > $1::timestamptz and "ended_at" <= $2::timestamptz group by 1;

--  -> state text, count integer, oldestSeconds double precision
select state, count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(coalesce(ready_at, created_at))), 0), 0)::float8 as "oldestSeconds" from deliveries where state in ('in_review', 'ready', 'releasing') group by 1;

--  -> state text, count integer, oldestSeconds double precision
select state, count(*)::int as count, greatest(coalesce(extract(epoch from now() - min(created_at)), 0), 0)::float8 as "oldestSeconds" from restores where state in ('waiting', 'failed') group by 1;

--  -> t text
select t::text from audit_log t;

--  -> t text
select t::text from outbox t;

--  -> t text
select t::text from service_tokens t;

--  -> t text
select t::text from webhook_attempts t;

--  -> t text
select t::text from webhook_endpoints t;

--  -> t text
select t::text from webhook_messages t;

--  -> exists boolean
select to_regclass('drizzle.oldest_process') is not null as "exists";

--  -> 
set transaction isolation level repeatable read read only;

--  -> 
set transaction read only;

-- timestamp with time zone, uuid -> 
update "api_keys" set "expires_at" = $1 where "api_keys"."api_key_id" = $2;

-- uuid -> 
update "api_keys" set "last_used_at" = now() where ("api_keys"."api_key_id" = $1 and ("api_keys"."last_used_at" is null or "api_keys"."last_used_at" < now() - interval '1 minute'));

-- uuid, uuid -> api_key_id uuid
update "api_keys" set "revoked_at" = now() where ("api_keys"."api_key_id" = $1 and "api_keys"."user_id" = $2 and "api_keys"."revoked_at" is null) returning "api_key_id";

-- uuid -> api_key_id uuid
update "api_keys" set "revoked_at" = now() where ("api_keys"."user_id" = $1 and "api_keys"."revoked_at" is null) returning "api_key_id";

-- bigint, uuid -> 
update "audit_checkpoints" set "pending_seq" = $1 where "audit_checkpoints"."organization_id" = $2;

-- bigint, text, bigint, uuid, bigint, bigint -> 
update "audit_checkpoints" set "seq" = $1, "document_hash" = $2, "pending_seq" = $3 where ("audit_checkpoints"."organization_id" = $4 and "audit_checkpoints"."pending_seq" = $5 and "audit_checkpoints"."seq" < $6);

-- text -> 
update "billing_events" set "told_at" = now() where ("billing_events"."event_id" = $1 and "billing_events"."told_at" is null);

-- timestamp with time zone, uuid -> 
update "billing_events" set "told_at" = now() where ("billing_events"."told_at" is null and "billing_events"."received_at" < $1 and "billing_events"."user_id" = $2);

-- uuid, uuid, uuid -> delegation_id uuid, organization_id uuid, user_id uuid, delegate_id uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, revoked_at timestamp with time zone, created_at timestamp with time zone
update "delegations" set "revoked_at" = now() where ("delegations"."delegation_id" = $1 and "delegations"."user_id" = $2 and "delegations"."organization_id" = $3 and "delegations"."revoked_at" is null) returning "delegation_id", "organization_id", "user_id", "delegate_id", "starts_at", "ends_at", "revoked_at", "created_at";

-- uuid, uuid -> 
update "delegations" set "revoked_at" = now() where (("delegations"."user_id" = $1 or "delegations"."delegate_id" = $2) and "delegations"."revoked_at" is null);

-- timestamp with time zone, uuid -> 
update "deliveries" set "created_at" = $1 where "deliveries"."delivery_id" = $2;

-- uuid, uuid -> 
update "deliveries" set "released_by" = $1 where "deliveries"."delivery_id" = $2;

-- text, uuid -> 
update "deliveries" set "state" = $1 where "deliveries"."delivery_id" = $2;

-- text, uuid -> 
update "deliveries" set "state" = $1, "acknowledged_at" = now() where "deliveries"."delivery_id" = $2;

-- text, text, uuid -> 
update "deliveries" set "state" = $1, "ready_at" = now(), "release_failure" = $2 where "deliveries"."delivery_id" = $3;

-- text, text, uuid -> 
update "deliveries" set "state" = $1, "release_number" = "deliveries"."release_number" + 1, "release_failure" = $2 where "deliveries"."delivery_id" = $3;

-- text, timestamp with time zone, uuid -> 
update "deliveries" set "state" = $1, "released_at" = $2 where "deliveries"."delivery_id" = $3;

-- text, uuid -> 
update "deliveries" set "state" = $1, "released_at" = now() where "deliveries"."delivery_id" = $2;

-- double precision, uuid, uuid -> 
update "delivery_samples" set "claimed_at" = now() - make_interval(secs => $1::float8) where ("delivery_samples"."delivery_id" = $2 and "delivery_samples"."sample_id" = $3);

-- uuid, timestamp with time zone, uuid -> 
update "delivery_samples" set "claimed_by" = $1, "claimed_at" = $2 where "delivery_samples"."claimed_by" = $3;

-- uuid, timestamp with time zone, uuid, uuid -> 
update "delivery_samples" set "claimed_by" = $1, "claimed_at" = $2 where ("delivery_samples"."delivery_id" = $3 and "delivery_samples"."sample_id" = $4);

-- uuid, timestamp with time zone, boolean, uuid -> 
update "delivery_samples" set "claimed_by" = $1, "claimed_at" = $2, "is_open" = $3 where "delivery_samples"."delivery_id" = $4;

-- uuid, uuid, uuid -> 
update "delivery_samples" set "claimed_by" = $1, "claimed_at" = now() where ("delivery_samples"."delivery_id" = $2 and "delivery_samples"."sample_id" = $3);

-- text, uuid -> 
update "delivery_samples" set "level" = $1 where "delivery_samples"."sample_id" = $2;

-- timestamp with time zone, uuid -> 
update "delivery_samples" set "since" = $1 where "delivery_samples"."delivery_id" = $2;

-- text, uuid -> 
update "delivery_samples" set "state" = $1 where "delivery_samples"."sample_id" = $2;

-- text, text, integer, uuid, text, uuid, uuid -> 
update "delivery_samples" set "state" = $1, "level" = $2, "round" = $3, "since" = now(), "pending_job_id" = $4, "reannotation_failure" = $5 where ("delivery_samples"."delivery_id" = $6 and "delivery_samples"."sample_id" = $7);

-- text, text, uuid, timestamp with time zone, uuid, text, uuid, uuid -> 
update "delivery_samples" set "state" = $1, "level" = $2, "since" = now(), "claimed_by" = $3, "claimed_at" = $4, "pending_job_id" = $5, "reannotation_failure" = $6 where ("delivery_samples"."delivery_id" = $7 and "delivery_samples"."sample_id" = $8);

-- uuid, uuid -> 
update "invoices" set "organization_id" = $1 where "invoices"."user_id" = $2;

-- uuid -> 
update "jobs" set "cancel_requested_at" = now() where "jobs"."job_id" = $1;

-- uuid -> 
update "jobs" set "cancel_requested_at" = now(), "erase_requested_at" = now() where "jobs"."job_id" = $1;

-- double precision, double precision, double precision -> 
update "jobs" set "completed_at" = "jobs"."completed_at" - make_interval(secs => $1::float8), "result_expires_at" = "jobs"."result_expires_at" - make_interval(secs => $2::float8), "result_moved_at" = "jobs"."result_moved_at" - make_interval(secs => $3::float8);

-- timestamp with time zone, text, uuid -> 
update "jobs" set "erase_requested_at" = $1, "result_state" = $2 where "jobs"."job_id" = $3;

-- uuid -> 
update "jobs" set "erase_requested_at" = now() where "jobs"."job_id" = $1;

-- text, text, jsonb, text, integer, timestamp with time zone, text, bigint, text, text, bigint, uuid -> 
update "jobs" set "file_name" = $1, "input_etag" = $2, "error" = $3, "result_state" = $4, "generation" = $5, "result_expires_at" = $6, "result_key" = $7, "result_size_bytes" = $8, "result_sha256" = $9, "results_file_archive_id" = $10, "records" = $11 where "jobs"."job_id" = $12;

-- timestamp with time zone, uuid -> 
update "jobs" set "result_expires_at" = $1 where "jobs"."job_id" = $2;

-- timestamp with time zone, uuid, text -> 
update "jobs" set "result_expires_at" = $1 where ("jobs"."user_id" = $2 and "jobs"."result_state" = $3 and "jobs"."result_expires_at" is null);

-- timestamp with time zone, uuid, text -> 
update "jobs" set "result_expires_at" = $1 where ("jobs"."user_id" = $2 and "jobs"."result_state" = $3);

-- double precision, uuid -> 
update "jobs" set "result_expires_at" = now() + make_interval(secs => $1::float8) where "jobs"."job_id" = $2;

-- text, uuid -> 
update "jobs" set "result_state" = $1 where "jobs"."job_id" = $2;

-- text, integer, uuid -> 
update "jobs" set "result_state" = $1, "generation" = $2 where "jobs"."job_id" = $3;

-- text, integer, timestamp with time zone, uuid -> 
update "jobs" set "result_state" = $1, "generation" = $2, "result_expires_at" = $3 where "jobs"."job_id" = $4;

-- text, integer, uuid -> 
update "jobs" set "result_state" = $1, "generation" = $2, "result_moved_at" = now() where "jobs"."job_id" = $3;

-- text, timestamp with time zone, text, text, uuid -> 
update "jobs" set "result_state" = $1, "result_expires_at" = $2, "result_key" = $3, "results_file_archive_id" = $4 where "jobs"."job_id" = $5;

-- text, text, uuid -> 
update "jobs" set "result_state" = $1, "results_file_archive_id" = $2 where "jobs"."job_id" = $3;

-- text, jsonb, uuid -> 
update "jobs" set "status" = $1, "completed_at" = now(), "error" = $2 where "jobs"."job_id" = $3;

-- text, text, integer, timestamp with time zone, text, bigint, text, bigint, uuid -> 
update "jobs" set "status" = $1, "completed_at" = now(), "result_state" = $2, "generation" = $3, "result_expires_at" = $4, "result_prefix" = $5, "result_size_bytes" = $6, "result_sha256" = $7, "records" = $8 where "jobs"."job_id" = $9;

-- text, text, integer, double precision, text, bigint, text, bigint, uuid -> 
update "jobs" set "status" = $1, "completed_at" = now(), "result_state" = $2, "generation" = $3, "result_expires_at" = now() + make_interval(secs => $4::float8), "result_prefix" = $5, "result_size_bytes" = $6, "result_sha256" = $7, "records" = $8 where "jobs"."job_id" = $9;

-- text, timestamp with time zone, text, timestamp with time zone, uuid -> 
update "jobs" set "status" = $1, "erase_requested_at" = $2, "result_state" = $3, "result_expires_at" = $4 where "jobs"."job_id" = $5;

-- text, uuid -> 
update "jobs" set "status" = $1, "started_at" = now() where "jobs"."job_id" = $2;

--  -> 
update "jobs" set "submitted_at" = "jobs"."submitted_at" - interval '1 hour', "started_at" = "jobs"."started_at" - interval '1 hour', "cancel_requested_at" = "jobs"."cancel_requested_at" - interval '1 hour', "erase_requested_at" = "jobs"."erase_requested_at" - interval '1 hour';

-- text, timestamp with time zone -> 
update "mail_messages" set "claimed_at" = 'epoch' where ("mail_messages"."message_id" = $1 and "mail_messages"."sent_at" is null and "mail_messages"."claimed_at" = $2::timestamptz);

-- double precision, uuid -> 
update "mail_messages" set "claimed_at" = now() - make_interval(secs => $1) where "mail_messages"."job_id" = $2;

-- text -> message_id text, organization_id uuid, job_id uuid, user_id uuid, occasion text, kind text, claimed_at timestamp with time zone, sent_at timestamp with time zone
update "mail_messages" set "sent_at" = now() where ("mail_messages"."message_id" = $1 and "mail_messages"."sent_at" is null) returning "message_id", "organization_id", "job_id", "user_id", "occasion", "kind", "claimed_at", "sent_at";

-- text, uuid -> 
update "organizations" set "kind" = $1 where "organizations"."organization_id" = $2;

-- uuid -> 
update "partners" set "disabled_at" = now() where "partners"."partner_id" = $1;

-- uuid, uuid -> 
update "patient"."fields" set "organization_id" = $1 where "patient"."fields"."patient_id" = $2;

-- text, uuid, text -> 
update "patient"."fields" set "sealed" = $1 where ("patient"."fields"."patient_id" = $2 and "patient"."fields"."field" = $3);

-- text, integer, uuid, text -> 
update "patient"."fields" set "sealed" = $1, "version" = $2 where ("patient"."fields"."patient_id" = $3 and "patient"."fields"."field" = $4);

-- integer, uuid, text -> 
update "patient"."fields" set "version" = $1 where ("patient"."fields"."patient_id" = $2 and "patient"."fields"."field" = $3);

-- uuid, uuid -> 
update "patient"."patients" set "organization_id" = $1 where "patient"."patients"."patient_id" = $2;

-- text, uuid, uuid -> patient_id uuid
update "patient"."patients" set "wrapped_key" = $1, "erased_at" = now() where ("patient"."patients"."patient_id" = $2 and "patient"."patients"."organization_id" = $3 and "patient"."patients"."wrapped_key" is not null) returning "patient_id";

-- text, text, uuid -> 
update "patient"."patients" set "wrapped_key" = $1, "key_id" = $2 where "patient"."patients"."patient_id" = $3;

-- boolean, text -> 
update "references" set "is_default" = $1 where "references"."name" = $2;

-- double precision -> 
update "restores" set "created_at" = "restores"."created_at" - make_interval(secs => $1::float8);

-- text, uuid, text -> 
update "restores" set "state" = $1, "ended_at" = now() where ("restores"."user_id" = $2 and "restores"."state" = $3);

-- text, jsonb, uuid, text -> 
update "restores" set "state" = $1, "error" = $2, "ended_at" = now() where ("restores"."job_id" = $3 and "restores"."state" = $4);

-- uuid, uuid -> 
update "samples" set "job_id" = $1 where "samples"."sample_id" = $2;

-- timestamp with time zone, uuid -> 
update "service_tokens" set "expires_at" = $1 where "service_tokens"."token_id" = $2;

-- uuid -> 
update "service_tokens" set "last_used_at" = now() where ("service_tokens"."token_id" = $1 and ("service_tokens"."last_used_at" is null or "service_tokens"."last_used_at" < now() - interval '1 minute'));

-- uuid, uuid -> token_id uuid
update "service_tokens" set "revoked_at" = now() where ("service_tokens"."token_id" = $1 and "service_tokens"."partner_id" = $2 and "service_tokens"."revoked_at" is null) returning "token_id";

-- timestamp with time zone, uuid -> 
update "sessions" set "authenticated_at" = $1 where "sessions"."user_id" = $2;

-- uuid, uuid -> 
update "sessions" set "organization_id" = $1 where "sessions"."user_id" = $2;

-- timestamp with time zone, uuid -> 
update "subscriptions" set "archive_due_at" = $1 where "subscriptions"."user_id" = $2;

-- double precision, double precision, double precision, double precision -> 
update "subscriptions" set "checkout_expires_at" = "subscriptions"."checkout_expires_at" - make_interval(secs => $1::float8), "grace_ends_at" = "subscriptions"."grace_ends_at" - make_interval(secs => $2::float8), "archive_due_at" = "subscriptions"."archive_due_at" - make_interval(secs => $3::float8), "synced_at" = "subscriptions"."synced_at" - make_interval(secs => $4::float8);

-- text, text, timestamp with time zone, text, text, uuid -> 
update "subscriptions" set "checkout_session_id" = $1, "checkout_url" = $2, "checkout_expires_at" = $3, "payment_refusal" = $4, "state" = $5 where "subscriptions"."user_id" = $6;

-- text, timestamp with time zone, text, text, text, timestamp with time zone, boolean, timestamp with time zone, uuid -> 
update "subscriptions" set "checkout_url" = $1, "checkout_expires_at" = $2, "payment_refusal" = $3, "state" = $4, "stripe_subscription_id" = $5, "current_period_end" = $6, "cancel_at_period_end" = $7, "grace_ends_at" = $8, "synced_at" = now() where "subscriptions"."user_id" = $9;

-- uuid, uuid -> 
update "subscriptions" set "organization_id" = $1 where "subscriptions"."user_id" = $2;

-- uuid, timestamp with time zone, uuid -> 
update "subscriptions" set "upgrade_id" = $1, "archive_due_at" = $2 where "subscriptions"."user_id" = $3;

-- text, uuid -> 
update "uploads" set "file_name" = $1, "removed_at" = coalesce("uploads"."removed_at", now()) where "uploads"."upload_id" = $2;

-- text, uuid -> 
update "uploads" set "multipart_upload_id" = $1 where "uploads"."upload_id" = $2;

-- timestamp with time zone, bigint, text, uuid -> upload_id uuid, organization_id uuid, user_id uuid, file_name text, genome text, source text, size_limit_bytes bigint, multipart_upload_id text, created_at timestamp with time zone, expires_at timestamp with time zone, received_at timestamp with time zone, size_bytes bigint, etag text, removed_at timestamp with time zone
update "uploads" set "received_at" = $1, "size_bytes" = $2, "etag" = $3 where "uploads"."upload_id" = $4 returning "upload_id", "organization_id", "user_id", "file_name", "genome", "source", "size_limit_bytes", "multipart_upload_id", "created_at", "expires_at", "received_at", "size_bytes", "etag", "removed_at";

-- uuid -> 
update "uploads" set "removed_at" = now() where "uploads"."upload_id" = $1;

-- text, text, uuid, text, text -> user_id uuid, organization_id uuid, issuer text, subject text, email text, name text, role text, plan text, created_at timestamp with time zone
update "users" set "email" = $1, "name" = $2 where ("users"."user_id" = $3 and "users"."email" = $4 and "users"."name" is not distinct from $5) returning "user_id", "organization_id", "issuer", "subject", "email", "name", "role", "plan", "created_at";

-- uuid, text, uuid -> user_id uuid, email text, name text, role text
update "users" set "organization_id" = $1, "role" = $2 where "users"."user_id" = $3 returning "user_id", "email", "name", "role";

-- text -> 
update "users" set "plan" = $1;

-- text, uuid -> 
update "users" set "plan" = $1 where "users"."user_id" = $2;

-- text, uuid -> 
update "users" set "role" = $1 where "users"."user_id" = $2;

-- text, uuid -> user_id uuid, email text, name text, role text
update "users" set "role" = $1 where "users"."user_id" = $2 returning "user_id", "email", "name", "role";

-- timestamp with time zone, text, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
update "webhook_endpoints" set "disabled_at" = $1, "disabled_reason" = $2 where "webhook_endpoints"."endpoint_id" = $3 returning "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since";

-- timestamp with time zone, text, integer, timestamp with time zone, uuid -> 
update "webhook_endpoints" set "disabled_at" = $1, "disabled_reason" = $2, "failures_in_a_row" = $3, "failing_since" = $4 where "webhook_endpoints"."endpoint_id" = $5;

-- timestamp with time zone, text, integer, timestamp with time zone, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
update "webhook_endpoints" set "disabled_at" = $1, "disabled_reason" = $2, "failures_in_a_row" = $3, "failing_since" = $4 where "webhook_endpoints"."endpoint_id" = $5 returning "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since";

-- uuid, double precision -> ?column? boolean
update "webhook_endpoints" set "failing_since" = coalesce("webhook_endpoints"."failing_since", now()) where "webhook_endpoints"."endpoint_id" = $1 returning now() - "failing_since" >= make_interval(secs => $2::float8);

-- double precision, uuid -> 
update "webhook_endpoints" set "failing_since" = now() - make_interval(secs => $1::float8) where "webhook_endpoints"."endpoint_id" = $2;

-- integer, uuid -> 
update "webhook_endpoints" set "failures_in_a_row" = $1 where "webhook_endpoints"."endpoint_id" = $2;

-- integer, timestamp with time zone, uuid -> 
update "webhook_endpoints" set "failures_in_a_row" = $1, "failing_since" = $2 where "webhook_endpoints"."endpoint_id" = $3;

-- jsonb, uuid -> 
update "webhook_endpoints" set "secrets" = $1 where "webhook_endpoints"."endpoint_id" = $2;

-- jsonb, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
update "webhook_endpoints" set "secrets" = $1 where "webhook_endpoints"."endpoint_id" = $2 returning "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since";

-- text, uuid -> endpoint_id uuid, organization_id uuid, partner_id uuid, url text, secrets jsonb, created_at timestamp with time zone, disabled_at timestamp with time zone, disabled_reason text, failures_in_a_row integer, failing_since timestamp with time zone
update "webhook_endpoints" set "url" = $1 where "webhook_endpoints"."endpoint_id" = $2 returning "endpoint_id", "organization_id", "partner_id", "url", "secrets", "created_at", "disabled_at", "disabled_reason", "failures_in_a_row", "failing_since";

-- uuid -> 
update "webhook_messages" set "created_at" = now() - interval '1 hour' where "webhook_messages"."message_id" = $1;

-- double precision, uuid -> 
update "webhook_messages" set "created_at" = now() - make_interval(secs => $1::float8) where "webhook_messages"."message_id" = $2;

-- timestamp with time zone, uuid -> 
update "webhook_messages" set "ended_at" = $1 where "webhook_messages"."message_id" = $2;

-- double precision, uuid -> 
update "webhook_messages" set "ended_at" = now() - make_interval(secs => $1::float8) where "webhook_messages"."message_id" = $2;

-- text, uuid -> 
update "webhook_messages" set "state" = $1, "ended_at" = now() where "webhook_messages"."message_id" = $2;

-- text, uuid, text -> message_id uuid
update "webhook_messages" set "state" = $1, "ended_at" = now() where ("webhook_messages"."endpoint_id" = $2 and "webhook_messages"."state" = $3) returning "message_id";

-- text, uuid, text, text, text -> message_id uuid, organization_id uuid, endpoint_id uuid, event_type text, payload jsonb, state text, is_test boolean, created_at timestamp with time zone, ended_at timestamp with time zone
update "webhook_messages" set "state" = $1, "ended_at" = now() where ("webhook_messages"."endpoint_id" in (select "endpoint_id" from "webhook_endpoints" where "webhook_endpoints"."partner_id" = $2) and "webhook_messages"."event_type" = $3 and "webhook_messages"."state" = $4 and "webhook_messages"."payload" #>> '{data,delivery_id}' = $5) returning "message_id", "organization_id", "endpoint_id", "event_type", "payload", "state", "is_test", "created_at", "ended_at";

-- uuid -> 
update api_keys set organization_id = $1::uuid;

-- uuid -> ?column? integer
update api_keys set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update delegations set organization_id = $1::uuid;

-- uuid -> ?column? integer
update delegations set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update deliveries set organization_id = $1::uuid;

-- uuid -> ?column? integer
update deliveries set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update deliveries set partner_id = $1::uuid;

-- uuid -> ?column? integer
update deliveries set partner_id = partner_id where partner_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update delivery_samples set delivery_id = delivery_id where delivery_id = $1::uuid returning 1;

-- uuid -> 
update delivery_samples set organization_id = $1::uuid;

-- uuid -> ?column? integer
update delivery_samples set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update idempotency_keys set organization_id = $1::uuid;

-- uuid -> ?column? integer
update idempotency_keys set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update invoices set organization_id = $1::uuid;

-- uuid -> ?column? integer
update invoices set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update job_progress set organization_id = $1::uuid;

-- uuid -> ?column? integer
update job_progress set organization_id = organization_id where organization_id = $1::uuid returning 1;

--  -> 
update jobs set genome = 'x';

-- uuid -> 
update jobs set organization_id = $1::uuid;

-- uuid -> ?column? integer
update jobs set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update mail_messages set organization_id = $1::uuid;

-- uuid -> ?column? integer
update mail_messages set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update organizations set organization_id = $1::uuid;

-- uuid -> ?column? integer
update organizations set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update outbox set organization_id = $1::uuid;

-- uuid -> ?column? integer
update outbox set organization_id = organization_id where organization_id = $1::uuid returning 1;

--  -> 
update outbox set published_at = now();

--  -> 
update outbox set published_at = now() where sequence = (select min(sequence) from outbox);

-- uuid -> 
update partners set organization_id = $1::uuid;

-- uuid -> ?column? integer
update partners set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update partners set partner_id = partner_id where partner_id = $1::uuid returning 1;

-- uuid -> 
update patient.fields set organization_id = $1::uuid;

-- uuid -> ?column? integer
update patient.fields set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update patient.patients set organization_id = $1::uuid;

-- uuid -> ?column? integer
update patient.patients set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update restores set organization_id = $1::uuid;

-- uuid -> ?column? integer
update restores set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update samples set organization_id = $1::uuid;

-- uuid -> ?column? integer
update samples set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update samples set sample_id = sample_id where sample_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update service_tokens set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update sessions set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update subscriptions set organization_id = $1::uuid;

-- uuid -> ?column? integer
update subscriptions set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update uploads set organization_id = $1::uuid;

-- uuid -> ?column? integer
update uploads set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> 
update users set organization_id = $1::uuid;

-- uuid -> ?column? integer
update users set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update webhook_attempts set message_id = message_id where message_id = $1::uuid returning 1;

-- uuid -> 
update webhook_attempts set organization_id = $1::uuid;

-- uuid -> ?column? integer
update webhook_attempts set organization_id = organization_id where organization_id = $1::uuid returning 1;

--  -> 
update webhook_endpoints set disabled_at = now(), disabled_reason = 'gone';

--  -> 
update webhook_endpoints set disabled_at = null, disabled_reason = null;

--  -> 
update webhook_endpoints set failing_since = now();

-- uuid -> 
update webhook_endpoints set organization_id = $1::uuid;

-- uuid -> ?column? integer
update webhook_endpoints set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid -> ?column? integer
update webhook_endpoints set partner_id = partner_id where partner_id = $1::uuid returning 1;

--  -> 
update webhook_messages set created_at = now() - interval '10 minutes';

--  -> 
update webhook_messages set ended_at = now() - interval '20 seconds' where state = 'failed';

-- uuid -> 
update webhook_messages set endpoint_id = $1::uuid;

-- uuid -> ?column? integer
update webhook_messages set endpoint_id = endpoint_id where endpoint_id = $1::uuid returning 1;

-- uuid -> 
update webhook_messages set organization_id = $1::uuid;

-- uuid -> ?column? integer
update webhook_messages set organization_id = organization_id where organization_id = $1::uuid returning 1;

-- uuid, uuid, integer, uuid, uuid, text, text, double precision, text, double precision, double precision, jsonb, text, double precision, text -> 
with made as ( insert into uploads (upload_id, organization_id, user_id, file_name, source, size_limit_bytes, expires_at) select gen_random_uuid(), $1, $2, 'a.vcf', 'api', 1, now() from generate_series(1, $3::int) returning upload_id) insert into jobs (job_id, organization_id, user_id, upload_id, source, file_name, input_etag, input_size_bytes, genome, consequence_mode, status, submitted_at, started_at, completed_at, error, result_state, result_moved_at, results_file_archive_id) select gen_random_uuid(), $4, $5, upload_id, 'api', 'a.vcf', '"1"', 1, $6, 'auto', $7, now() - make_interval(secs => $8::float8), case when $9 = 'RUNNING' then now() - make_interval(secs => $10::float8) end, now() - make_interval(secs => $11::float8), $12::jsonb, $13::text, now() - make_interval(secs => $14::float8), case when $15::text = 'archived' then 'key' end from made;

-- text, text, text, text, uuid, text -> is_new boolean, user_id uuid
with noted as ( insert into "billing_events" (event_id, type, user_id) values ($1, $2, coalesce( (select user_id from "subscriptions" where customer_id = $3), (select user_id from "invoices" where payment_intent_id = $4 limit 1), (select user_id from "users" where user_id = $5::uuid))) on conflict do nothing returning user_id) select true as is_new, user_id from noted union all select false, user_id from "billing_events" where event_id = $6 and told_at is null;
